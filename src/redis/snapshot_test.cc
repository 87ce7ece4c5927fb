#include "redis/snapshot.h"

#include <gmock/gmock.h>

#include "base/thrown_test.h"
#include "redis/impostor_test.h"
#include "redis/live_census.h"
#include "redis/populated_test.h"
#include "redis/rdb.h"
#include "redis/test_server.h"

namespace redis {
namespace {

using base::thrown_by;
using testing::HasSubstr;
using testing::IsEmpty;

struct Walked {
  Snapshot snapshot;
  RdbSummary summary;
};

Walked walk_snapshot(const Address& address, const SnapshotOptions& options = {}) {
  RdbReader reader;
  const Snapshot snapshot = take_snapshot(address, options, [&](std::string_view bytes) { reader.feed(bytes); });
  return {snapshot, reader.finish()};
}

TEST(SnapshotTest, HoldsWhatTheServerHoldsDisklessAndByDisk) {
  for (const char* diskless : {"yes", "no"}) {
    const TestServer server({"--repl-diskless-sync", diskless});
    populate(server);
    const Walked walked = walk_snapshot(server.address());
    EXPECT_EQ(walked.snapshot.diskless, diskless == std::string("yes"));
    EXPECT_EQ(walked.snapshot.bytes, walked.summary.bytes);
    EXPECT_EQ(walked.snapshot.role, "master");
    EXPECT_EQ(walked.snapshot.server_version, walked.summary.fields.at("redis-ver"));
    EXPECT_EQ(walked.snapshot.replication_id.size(), 40U);
    EXPECT_TRUE(walked.summary.checksummed);
    EXPECT_EQ(walked.summary.census.total(), populated_keys);
    Client client = server.connect();
    EXPECT_THAT(differences(walked.summary.census, take_census(client)), IsEmpty());
  }
}

TEST(SnapshotTest, ReadsStringsThatAreNotCompressedOrChecked) {
  const TestServer server({"--rdbcompression", "no", "--rdbchecksum", "no"});
  populate(server);
  const Walked walked = walk_snapshot(server.address());
  EXPECT_FALSE(walked.summary.checksummed);
  Client client = server.connect();
  EXPECT_THAT(differences(walked.summary.census, take_census(client)), IsEmpty());
}

TEST(SnapshotTest, TakesAnEmptyServer) {
  const TestServer server;
  EXPECT_EQ(walk_snapshot(server.address()).summary.census.total(), 0U);
}

// Delay and save take longer than the server is silent: newlines keep the connection alive meanwhile.
TEST(SnapshotTest, WaitsThroughTheServersDelay) {
  const TestServer server;
  server.connect().ask({"CONFIG", "SET", "repl-diskless-sync-delay", "3"});
  EXPECT_EQ(walk_snapshot(server.address(), {.silence = std::chrono::seconds(2)}).summary.census.total(), 0U);
}

TEST(SnapshotTest, NeedsNoMoreThanItsHintSays) {
  const TestServer server;
  server.connect().ask({"SET", "k", "v"});
  server.connect().ask({"ACL", "SETUSER", "backup", "on", ">pw", "+ping", "+info", "+replconf", "+psync", "+sync"});
  server.connect().ask({"ACL", "SETUSER", "less", "on", ">pw", "+ping", "+info", "+replconf"});
  Address address = server.address();
  address.password = "pw";
  address.user = "backup";
  EXPECT_EQ(walk_snapshot(address).summary.census.total(), 1U);
  address.user = "less";
  const base::Error error = thrown_by([&] { walk_snapshot(address); });
  EXPECT_THAT(error.message(), HasSubstr("NOPERM"));
  EXPECT_THAT(error.hint(), HasSubstr("+psync"));
}

TEST(SnapshotTest, TakesAReplicaButNoneThatIsAlone) {
  const TestServer alone({"--replicaof", "127.0.0.1", "1"});
  const base::Error error = thrown_by([&] { walk_snapshot(alone.address()); });
  EXPECT_THAT(error.message(), HasSubstr("NOMASTERLINK"));
  EXPECT_THAT(error.hint(), HasSubstr("master"));
}

TEST(SnapshotTest, RefusesANodeOfAClusterUnlessItIsKnownToBeOne) {
  const TestServer server({"--cluster-enabled", "yes"});
  const base::Error error = thrown_by([&] { walk_snapshot(server.address()); });
  EXPECT_EQ(error.code(), base::Code::refused);
  EXPECT_THAT(error.message(), HasSubstr("a node of a cluster"));
  EXPECT_EQ(walk_snapshot(server.address(), {.part_of_cluster = true}).summary.census.total(), 0U);
}

TEST(SnapshotTest, PassesOnWhatItsReceiverThrowsAndLetsTheServerGo) {
  const TestServer server;
  populate(server);
  EXPECT_THROW(take_snapshot(server.address(), {}, [](std::string_view) { throw std::runtime_error("disk full"); }),
               std::runtime_error);
  EXPECT_EQ(walk_snapshot(server.address()).summary.census.total(), populated_keys);
}

// What the answer to PSYNC may look like, from servers that are hard to have.
class PayloadTest : public testing::Test {
 protected:
  static std::string taken(std::vector<std::string> answer, Snapshot* snapshot = nullptr) {
    Impostor::Answers answers{{"PSYNC", std::move(answer)}, {"SYNC", {"$3\r\nold"}}};
    answers.insert(answers.begin(), {"INFO", {"$0\r\n\r\n"}});
    const Impostor server(answers);
    std::string bytes;
    const Snapshot found = take_snapshot(server.address(), {.silence = std::chrono::seconds(1)},
                                         [&](std::string_view piece) { bytes += piece; });
    EXPECT_EQ(found.bytes, bytes.size());
    if (snapshot != nullptr) *snapshot = found;
    return bytes;
  }
  static std::string failure_of(std::vector<std::string> answer) {
    return thrown_by([&] { taken(std::move(answer)); }).message();
  }
  const std::string mark_ = "0123456789abcdef0123456789abcdef01234567";
  const std::string sync_ = "+FULLRESYNC 8a 42\r\n";
};

TEST_F(PayloadTest, HasASizeOrAMark) {
  Snapshot snapshot;
  EXPECT_EQ(taken({sync_ + "$5\r\nhello"}, &snapshot), "hello");
  EXPECT_EQ(snapshot.replication_id, "8a");
  EXPECT_EQ(snapshot.offset, 42);
  EXPECT_EQ(taken({sync_ + "$EOF:" + mark_ + "\r\nhello" + mark_}), "hello");
  EXPECT_EQ(taken({sync_ + "$0\r\n"}), "");
}

TEST_F(PayloadTest, MayBeTornAnywhere) {
  const std::string whole =
      "\n\n" + sync_ + "\n\n$EOF:" + mark_ + "\r\n0123456789ab" + mark_.substr(0, 39) + "x" + mark_;
  for (const std::size_t piece : {1U, 3U, 13U, 39U, 41U}) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < whole.size(); at += piece) pieces.push_back(whole.substr(at, piece));
    EXPECT_EQ(taken(pieces), "0123456789ab" + mark_.substr(0, 39) + "x") << piece;
  }
}

TEST_F(PayloadTest, EndsWhereItSaysWhateverFollows) {
  EXPECT_EQ(taken({sync_ + "$5\r\nhello*1\r\n$4\r\nPING\r\n"}), "hello");
  EXPECT_EQ(taken({sync_ + "$EOF:" + mark_ + "\r\nhello" + mark_ + "*1\r\n$4\r\nPING\r\n"}), "hello");
}

TEST_F(PayloadTest, ComesFromOldServersBySync) {
  EXPECT_EQ(taken({"-ERR unknown command 'PSYNC'\r\n"}), "old");
}

TEST_F(PayloadTest, ThatIsCutOrNoneIsAnError) {
  EXPECT_THAT(failure_of({sync_ + "$5\r\nhel", "close"}), HasSubstr("the server closed it"));
  EXPECT_THAT(failure_of({sync_ + "$EOF:" + mark_ + "\r\nhello" + mark_.substr(1), "close"}), HasSubstr("closed it"));
  EXPECT_THAT(failure_of({sync_ + "$5\r\nhel"}), HasSubstr("no answer to the snapshot for 1 second"));
  EXPECT_THAT(failure_of({sync_ + "-ERR BGSAVE failed, replication can't continue\r\n"}), HasSubstr("BGSAVE failed"));
  EXPECT_THAT(failure_of({"-LOADING Redis is loading the dataset in memory\r\n"}), HasSubstr("LOADING"));
  EXPECT_THAT(failure_of({sync_ + "$what\r\n"}), HasSubstr("how large"));
  EXPECT_THAT(failure_of({sync_ + "$EOF:short\r\n"}), HasSubstr("where it will end"));
  EXPECT_THAT(failure_of({sync_ + "*1\r\n"}), HasSubstr("does not answer as one"));
  EXPECT_THAT(failure_of({std::string(100'000, 'x')}), HasSubstr("no protocol of Redis"));
}

TEST(ForbiddenSnapshotTest, NamesWhatToDoInstead) {
  const Impostor server(
      Impostor::Answers{{"PSYNC", {"-ERR unknown command `PSYNC`, with args beginning with: `?`\r\n"}},
                        {"SYNC", {"-ERR unknown command `SYNC`\r\n"}},
                        {"INFO", {"$0\r\n\r\n"}}});
  const base::Error error = thrown_by([&] { walk_snapshot(server.address()); });
  EXPECT_THAT(error.message(), HasSubstr("it gives no snapshot"));
  EXPECT_THAT(error.hint(), HasSubstr("managed services"));
}

}  // namespace
}  // namespace redis
