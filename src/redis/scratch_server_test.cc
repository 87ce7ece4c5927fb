#include "redis/scratch_server.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/thrown_test.h"
#include "redis/live_census.h"
#include "redis/populated_test.h"
#include "redis/rdb.h"
#include "redis/snapshot.h"
#include "redis/test_server.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace redis {
namespace {

namespace fs = std::filesystem;
using base::thrown_by;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class ScratchServerTest : public testing::Test {
 protected:
  // Takes a snapshot of `server` into `to` and walks it on the way.
  static RdbSummary save(const TestServer& server, const fs::path& to, std::optional<base::Instant> horizon = {}) {
    std::ofstream file(to, std::ios::binary);
    RdbReader reader(horizon);
    take_snapshot(server.address(), {}, [&](std::string_view bytes) {
      reader.feed(bytes);
      file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
    return reader.finish();
  }

  // As root the server's account has to get through.
  sys::TemporaryDirectory place_{{}, sys::server_account()};
};

TEST_F(ScratchServerTest, HoldsWhatTheWalkCounted) {
  const TestServer source;
  populate(source);
  ScratchServer scratch(place_.path());
  const RdbSummary walked = save(source, scratch.rdb());
  scratch.start();
  Client client = scratch.connect();
  const Census census = take_census(client);
  EXPECT_THAT(differences(walked.census, census), IsEmpty());
  EXPECT_EQ(census.total(), populated_keys);
  EXPECT_EQ(client.ask({"FUNCTION", "LIST"}).elements.size(), 1U);

  client.ask({"SELECT", "0"});
  client.ask({"DEL", "intset"});
  client.ask({"PERSIST", "expires"});
  client.ask({"RENAME", "text", "renamed"});
  EXPECT_THAT(differences(walked.census, take_census(client)),
              testing::ElementsAre("database 0: 1 set keys instead of 2", HasSubstr("keys that expire")));
}

TEST_F(ScratchServerTest, AgreesWithTheWalkOnceKeysHaveExpired) {
  const TestServer source;
  Client client = source.connect();
  const auto now = sys::now();
  const auto expire_at = [&](const std::string& name, std::chrono::milliseconds after) {
    client.ask({"SET", name, "v", "PXAT", std::to_string((now + after).time_since_epoch().count())});
  };
  client.ask({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  for (int i = 0; i < 2'000; ++i) expire_at("soon" + std::to_string(i), std::chrono::milliseconds(300 + i / 10));
  expire_at("within the horizon", std::chrono::minutes(30));
  expire_at("later", std::chrono::hours(5));
  client.ask({"SET", "stays", "v"});
  const auto horizon = now + std::chrono::hours(1);
  ScratchServer scratch(place_.path());
  const RdbSummary walked = save(source, scratch.rdb(), horizon);
  EXPECT_EQ(walked.census.databases.at(0).passed, 2'001U);
  std::this_thread::sleep_until(now + std::chrono::milliseconds(600));
  scratch.start();
  Client booted = scratch.connect();
  EXPECT_THAT(differences(walked.census, take_census(booted, horizon)), IsEmpty());
  EXPECT_THAT(thrown_by([&] { take_census(booted, now); }).message(), HasSubstr("longer than its horizon"));
}

TEST_F(ScratchServerTest, SaysThatADatabaseDoesNotComeToRest) {
  ScratchServer scratch(place_.path());
  scratch.start();
  Client client = scratch.connect();
  std::atomic<int> written = 0;
  const std::jthread writer([address = scratch.address(), &written](const std::stop_token& ended) {
    Client other = Client::connect(address);
    for (; !ended.stop_requested(); ++written) other.ask({"SET", std::to_string(written), "v"});
  });
  // Enough keys to be met by a write while they are counted.
  while (written < 10'000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const base::Error error = thrown_by([&] { take_census(client); });
  EXPECT_THAT(error.message(), HasSubstr("does not come to rest"));
}

// Pairs are written together, and numbers one after the other: a snapshot that is of one instant has both of a pair,
// and no hole.
TEST_F(ScratchServerTest, ProvesThatASnapshotIsOfOneInstant) {
  const TestServer source;
  populate(source);
  std::atomic<int> written = 0;
  std::jthread writer([address = source.address(), &written](const std::stop_token& ended) {
    Client client = Client::connect(address);
    while (!ended.stop_requested()) {
      const std::string number = std::to_string(++written);
      for (const Client::Command& command : {Client::Command{"MULTI"},
                                             {"SET", "left", number},
                                             {"SET", "right", number},
                                             {"SET", "seq:" + number, "v"},
                                             {"EXEC"}})
        client.send(command);
      for (int i = 0; i < 5; ++i) client.receive();
    }
  });
  while (written < 10) std::this_thread::yield();
  ScratchServer scratch(place_.path());
  save(source, scratch.rdb());
  writer.request_stop();
  writer.join();
  scratch.start();
  Client client = scratch.connect();
  const std::string left = client.ask({"GET", "left"}).text;
  EXPECT_EQ(client.ask({"GET", "right"}).text, left);
  const int last = std::stoi(left);
  EXPECT_GE(last, 9);
  EXPECT_LE(last, written);
  EXPECT_EQ(client.ask({"DBSIZE"}).integer, static_cast<std::int64_t>(populated_keys - 100'002) + 2 + last);
  EXPECT_EQ(client.ask({"EXISTS", "seq:" + left}).integer, 1);
  EXPECT_EQ(client.ask({"EXISTS", "seq:1"}).integer, 1);
}

TEST_F(ScratchServerTest, SaysWhatIsWrongWithADamagedFile) {
  const TestServer source;
  source.connect().ask({"SET", "k", std::string(1000, 'v')});
  ScratchServer scratch(place_.path());
  save(source, scratch.rdb());
  std::string bytes = sys::read_file(scratch.rdb());
  bytes.resize(bytes.size() / 2);
  sys::write_file(scratch.rdb(), bytes, 0600);
  const base::Error error = thrown_by([&] { scratch.start(); });
  EXPECT_EQ(error.code(), base::Code::storage);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("cannot load the RDB file"), HasSubstr("exit status 1")));
  sys::write_file(scratch.rdb(), "no RDB at all", 0600);
  EXPECT_THAT(thrown_by([&] { scratch.start(); }).message(), HasSubstr("Wrong signature"));
}

TEST_F(ScratchServerTest, ReachesNothingAndLeavesNothing) {
  std::string socket;
  {
    ScratchServer scratch(place_.path());
    scratch.start();
    socket = scratch.address().socket;
    Client client = scratch.connect();
    client.ask({"SET", "k", "v"});
    EXPECT_TRUE(client.try_ask({"CONFIG", "SET", "dir", "/tmp"}).is_error());
    struct stat status{};
    ASSERT_EQ(::stat(socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, sys::server_account().uid);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    EXPECT_THAT(thrown_by([&] { scratch.connect().ask({"SAVE", "too", "many"}); }).message(), HasSubstr("SAVE"));
  }
  EXPECT_FALSE(fs::exists(socket));
  EXPECT_TRUE(fs::is_empty(place_.path()));
}

// A key is migrated to a listener on the loopback: out of the sandbox it arrives, from within it never does.
TEST_F(ScratchServerTest, ReachesTheNetworkOnlyWhereToldTo) {
  const sys::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  for (const bool sandbox : {true, false}) {
    ScratchServer scratch(place_.path(), {.sandbox = sandbox});
    scratch.start();
    Client client = scratch.connect();
    client.ask({"SET", "k", "v"});
    client.try_ask({"MIGRATE", "127.0.0.1", std::to_string(ntohs(name.sin_port)), "k", "0", "100"});
    EXPECT_EQ(sys::wait_ready(listener.get(), POLLIN, 0), !sandbox);
  }
}

TEST_F(ScratchServerTest, RefusesAPlaceThatIsTooDeep) {
  EXPECT_THAT(thrown_by([&] { ScratchServer(place_.path() / std::string(100, 'x')); }).message(),
              HasSubstr("too long"));
}

}  // namespace
}  // namespace redis
