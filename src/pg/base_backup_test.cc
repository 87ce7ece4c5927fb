#include "pg/base_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/error.h"
#include "pg/test_server.h"

namespace pg {
namespace {

namespace fs = std::filesystem;

const auto kNoProgress = [](std::uint64_t, std::uint64_t) {};
const TestServer::Settings kScratch = {{"allow_in_place_tablespaces", "on"}, {"archive_mode", "off"}};

auto copy_of(const TestServer& source, BaseBackup* backup = nullptr) {
  return [&source, backup](const fs::path& to) {
    const BaseBackup taken = take_base_backup(source.parameters(), to, kNoProgress);
    if (backup != nullptr) *backup = taken;
  };
}

// Money moves between accounts for as long as the object lives; its sum stays.
class Transfers {
 public:
  static constexpr const char* kSum = "select sum(balance) from accounts";

  explicit Transfers(const TestServer& server) : connection_(server.connect()) {
    thread_ = std::thread([this] {
      while (!stop_) {
        const int number = ++done_;
        connection_.script(
            "begin; update accounts set balance = balance - 1 where id = " + std::to_string(1 + number % 1000) +
            "; update accounts set balance = balance + 1 where id = " + std::to_string(1 + number * 7 % 1000) +
            "; commit");
      }
    });
    while (done_ < 10) std::this_thread::yield();
  }
  ~Transfers() {
    stop_ = true;
    thread_.join();
  }
  int done() const { return done_; }

 private:
  Connection connection_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  std::thread thread_;
};

void make_accounts(Connection& connection) {
  connection.script(
      "create table accounts (id int primary key, balance bigint not null) with (fillfactor = 50);"
      "insert into accounts select i, 1000 from generate_series(1, 1000) i;"
      "create table ballast as select i, repeat('x', 500) as filling from generate_series(1, 100000) i");
}

void expect_private_tree(const fs::path& root, const sys::Account& account) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat status{};
    ASSERT_EQ(lstat(entry.path().c_str(), &status), 0);
    ASSERT_EQ(status.st_uid, account.uid) << entry.path();
    ASSERT_FALSE(S_ISLNK(status.st_mode)) << entry.path();
    ASSERT_EQ(status.st_mode & 07777, S_ISDIR(status.st_mode) ? 0700U : 0600U) << entry.path();
  }
}

// A backend outlives its connection by a moment.
void expect_nothing_left(Connection& source) {
  constexpr const char* kLeft =
      "select (select count(*) from pg_replication_slots)"
      " + (select count(*) from pg_stat_activity where backend_type = 'walsender')";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (source.one_value(kLeft) != "0" && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(source.one_value(kLeft), "0") << "a slot or a walsender was left behind";
}

// One source for all tests that need nothing special of it.
class BaseBackupTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    source_ = std::make_unique<TestServer>();
    Connection connection = source_->connect();
    make_accounts(connection);
  }
  static void TearDownTestSuite() { source_.reset(); }
  static TestServer& source() { return *source_; }

 private:
  static std::unique_ptr<TestServer> source_;
};

std::unique_ptr<TestServer> BaseBackupTest::source_;

TEST_F(BaseBackupTest, OfAServerThatIsWrittenToStartsAndIsConsistent) {
  Connection connection = source().connect();
  BaseBackup backup;
  std::uint64_t last_done = 0;
  std::uint64_t last_total = 0;
  int transfers = 0;
  TestServer copy(
      [&](const fs::path& to) {
        const Transfers load(source());
        const int before = load.done();
        backup = take_base_backup(source().parameters(), to, [&](std::uint64_t done, std::uint64_t total) {
          EXPECT_GE(done, last_done);
          EXPECT_LE(done, total);
          last_done = done;
          last_total = total;
        });
        transfers = load.done() - before;
        expect_private_tree(to, source().account());
      },
      kScratch);
  EXPECT_GT(transfers, 0) << "nothing was written during the copy";
  EXPECT_GT(backup.bytes, 50'000'000U);
  EXPECT_GT(last_total, 50'000'000U);
  EXPECT_GE(last_done, 50'000'000U);
  EXPECT_GT(backup.end, backup.start);
  Connection copied = copy.connect();
  EXPECT_EQ(copied.one_value(Transfers::kSum), "1000000");
  EXPECT_EQ(copied.one_value("select count(*) from ballast"), "100000");
  EXPECT_EQ(copied.one_value("select pg_is_in_recovery()"), "f");
  expect_nothing_left(connection);
}

TEST_F(BaseBackupTest, BringsTablespacesAlongInsideTheCopy) {
  const fs::path outside = source().directory() / "a tablespace outside";
  sys::make_private_directory(outside, source().account());
  Connection connection = source().connect();
  connection.none("create tablespace elsewhere location " + connection.quote_literal(outside.string()));
  connection.none("create table far (id int primary key using index tablespace elsewhere) tablespace elsewhere");
  connection.none("insert into far select generate_series(1, 10000)");
  TestServer copy(copy_of(source()), kScratch);
  connection.none("delete from far");
  connection.none("checkpoint");

  Connection copied = copy.connect();
  EXPECT_EQ(copied.one_value("select count(*) from far"), "10000");
  copied.none("insert into far values (0)");
  copied.none("create table farther tablespace elsewhere as select * from far");
  EXPECT_EQ(copied.one_value("select count(*) from farther"), "10001");
  EXPECT_EQ(connection.one_value("select count(*) from far"), "0");
  const std::string oid = *copied.one_value("select oid from pg_tablespace where spcname = 'elsewhere'");
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(copy.data() / "pg_tblspc" / oid)));
}

TEST_F(BaseBackupTest, OfAStandbyStartsAsAServerOfItsOwn) {
  TestServer standby(
      [&](const fs::path& to) {
        copy_of(source())(to);
        sys::write_file(to / "standby.signal", "", 0644);
      },
      {{"allow_in_place_tablespaces", "on"},
       {"primary_conninfo", "host='" + source().directory().string() + "' port=5432 user=postgres"}});
  ASSERT_EQ(standby.connect().one_value("select pg_is_in_recovery()"), "t");
  const Transfers load(source());
  TestServer copy(copy_of(standby), kScratch);
  Connection copied = copy.connect();
  EXPECT_EQ(copied.one_value("select pg_is_in_recovery()"), "f");
  EXPECT_EQ(copied.one_value(Transfers::kSum), "1000000");
  copied.none("create table written (id int)");
}

TEST_F(BaseBackupTest, WorksWhereNoReplicationSlotIsFree) {
  TestServer source(TestServer::Settings{{"max_replication_slots", "0"}});
  source.connect().none("create table kept as select 1 as id");
  TestServer copy(copy_of(source), kScratch);
  EXPECT_EQ(copy.connect().one_value("select id from kept"), "1");
}

base::Error failure_of(const Parameters& source) {
  const sys::TemporaryDirectory to;
  try {
    take_base_backup(source, to.path(), kNoProgress);
  } catch (const base::Error& error) {
    EXPECT_TRUE(fs::is_empty(to.path()));
    return error;
  }
  throw std::runtime_error("the copy was made");
}

TEST_F(BaseBackupTest, TellsThatARoleMayNotReplicate) {
  source().connect().none("create role app login");
  const base::Error error = failure_of(source().parameters("postgres", "app"));
  EXPECT_TRUE(refused_replication(error)) << error.sqlstate() << ": " << error.message();
}

TEST_F(BaseBackupTest, TellsThatTheServerLetsNobodyInForReplication) {
  TestServer source;
  source.connect().none("create role app login replication");
  source.stop();
  sys::write_file(source.data() / "pg_hba.conf", "local all all trust\n", 0644);
  source.start();
  const base::Error error = failure_of(source.parameters("postgres", "app"));
  EXPECT_EQ(error.sqlstate(), "28000");
  EXPECT_TRUE(refused_replication(error));
}

TEST_F(BaseBackupTest, TellsThatTheServerHasNoReplication) {
  const TestServer source(TestServer::Settings{{"wal_level", "minimal"}, {"max_wal_senders", "0"}});
  const base::Error error = failure_of(source.parameters());
  EXPECT_TRUE(refused_replication(error)) << error.sqlstate() << ": " << error.message();
}

TEST_F(BaseBackupTest, TellsAServerThatIsGoneFromOneThatRefuses) {
  const sys::TemporaryDirectory nowhere;
  const base::Error error = failure_of({{"host", nowhere.path().string()}, {"user", "postgres"}});
  EXPECT_EQ(error.code(), base::Code::server);
  EXPECT_FALSE(refused_replication(error));
}

TEST_F(BaseBackupTest, StopsWhereProgressThrowsAndLeavesTheServerAlone) {
  Connection connection = source().connect();
  const sys::TemporaryDirectory to;
  EXPECT_THROW(take_base_backup(source().parameters(), to.path(),
                                [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  expect_nothing_left(connection);
}

TEST_F(BaseBackupTest, RefusesADirectoryThatHoldsSomethingElse) {
  const sys::TemporaryDirectory to;
  sys::write_file(to.path() / "PG_VERSION", "mine", 0600);
  try {
    take_base_backup(source().parameters(), to.path(), kNoProgress);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::storage);
  }
  EXPECT_EQ(sys::read_file(to.path() / "PG_VERSION"), "mine");
}

}  // namespace
}  // namespace pg
