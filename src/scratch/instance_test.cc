#include "scratch/instance.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "pg/test_server.h"
#include "scratch/test_home.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

class InstanceTest : public HomeTest {
 protected:
  static Instance empty(Isolation isolation = Isolation::required) {
    return Instance::create(binaries_for(15), {.settings = {}, .isolation = isolation});
  }
};

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST_F(InstanceTest, AnswersQueriesAndLeavesNothingBehind) {
  {
    const auto instance = empty();
    auto connection = instance.connect("postgres");
    EXPECT_EQ(connection.one_value("select current_setting('wal_level')"), "logical");
    EXPECT_EQ(connection.one_value("select current_setting('listen_addresses')"), "");
    EXPECT_EQ(connection.one_value("select current_setting('autovacuum')"), "off");
    EXPECT_EQ(count_in("instances"), 1);
  }
  EXPECT_EQ(count_in("instances"), 0);
}

TEST_F(InstanceTest, NobodyElseCanReachItsSocketOrReadItsData) {
  const auto instance = empty();
  EXPECT_EQ(mode_of(instance.data()), 0700u);
  EXPECT_EQ(mode_of(instance.directory() / "s") & 07, 0u);
  EXPECT_EQ(mode_of(instance.data() / "postgresql.conf"), 0600u);
}

TEST_F(InstanceTest, StopsCleanlyAndCanBeClonedAfterwards) {
  auto original = empty();
  original.connect("postgres").none("create table t as select 42 as a");
  original.stop();
  const auto clone = Instance::clone(original.data(), original.binaries(), {.settings = {{"work_mem", "7MB"}}});
  auto connection = clone.connect("postgres");
  EXPECT_EQ(connection.one_value("select a from t"), "42");
  EXPECT_EQ(connection.one_value("select current_setting('work_mem')"), "7MB");
  std::ifstream log(clone.directory() / "log");
  const std::string text((std::istreambuf_iterator<char>(log)), {});
  EXPECT_EQ(text.find("not properly shut down"), std::string::npos) << text;
}

TEST_F(InstanceTest, ClonesDoNotDisturbEachOther) {
  auto original = empty();
  original.stop();
  const auto one = Instance::clone(original.data(), original.binaries(), {});
  const auto two = Instance::clone(original.data(), original.binaries(), {});
  one.connect("postgres").none("create table only_here ()");
  EXPECT_FALSE(two.connect("postgres").one_value("select to_regclass('only_here')").has_value());
}

TEST_F(InstanceTest, SaysWhyItDoesNotStart) {
  auto original = empty();
  original.stop();
  fs::remove(original.data() / "global" / "pg_control");
  try {
    Instance::clone(original.data(), original.binaries(), {});
    FAIL() << "started without a control file";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::server);
    EXPECT_NE(error.message().find("pg_control"), std::string::npos) << error.message();
  }
  EXPECT_EQ(count_in("instances"), 1);  // the original
}

TEST_F(InstanceTest, CannotReachAnotherServersSocket) {
  const pg::TestServer other;
  const auto instance = empty();
  auto connection = instance.connect("postgres");
  connection.none("create extension dblink");
  const auto conninfo = "host=" + other.directory().string() + " user=postgres dbname=postgres";
  EXPECT_THROW(connection.none("select * from dblink($1, 'select 1') as t(a int)", {conninfo}), base::Error);
  EXPECT_NO_THROW(other.connect().none("select 1"));
}

TEST_F(InstanceTest, ProgramsStartedBySqlWriteNothingOutside) {
  const auto instance = empty();
  auto connection = instance.connect("postgres");
  const sys::TemporaryDirectory outside({}, sys::server_account());
  const auto target = outside.path() / "written";
  try {
    connection.none("copy (select 1) to program 'cat > " + target.string() + "'");
  } catch (const base::Error&) {
    // An error is as good: what counts is that nothing was written.
  }
  EXPECT_FALSE(fs::exists(target));
  EXPECT_THROW(connection.none("copy (select 1) to program 'cat > /etc/pgrehearse-was-here'"), base::Error);
  const auto lock = instance.directory() / "lock";
  connection.none("copy (select 1) to '" + lock.string() + "'");  // in the sandbox that is another file
  EXPECT_EQ(fs::file_size(lock), 0u);
}

TEST_F(InstanceTest, RunsWithoutSandboxWhereThatIsAskedFor) {
  {
    const auto instance = empty(Isolation::none);
    EXPECT_EQ(instance.connect("postgres").one_value("select 1"), "1");
  }
  EXPECT_EQ(count_in("instances"), 0);
}

TEST_F(InstanceTest, ConfinedProgramsReachThisServerAndKnowNoOther) {
  const auto instance = empty();
  setenv("PGPASSWORD", "of-production", 1);
  sys::Command command;
  command.argv = {"/usr/bin/env"};
  const auto environment = sys::run_or_throw(instance.confined(command, "postgres", "a b")).out;
  unsetenv("PGPASSWORD");
  EXPECT_EQ(environment.find("of-production"), std::string::npos);
  EXPECT_NE(environment.find("DATABASE_URL=postgresql://a%20b@/postgres?host=%2F"), std::string::npos) << environment;
  command.argv = {binaries_for(15).psql->string(), "-XAtc", "select 6*7"};
  EXPECT_EQ(sys::run_or_throw(instance.confined(command, "postgres", "")).out, "42\n");
}

// Returns the directory of an instance whose owner, a process of ours, has been killed.
fs::path instance_of_killed_owner(Isolation isolation) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    try {
      const auto instance = Instance::create(binaries_for(15), {.settings = {}, .isolation = isolation});
      const auto text = instance.directory().string();
      [[maybe_unused]] const auto written = write(ends[1], text.data(), text.size());
      pause();
    } catch (...) {
    }
    _exit(1);
  }
  char buffer[4096];
  const auto got = read(ends[0], buffer, sizeof buffer);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return std::string(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
}

TEST_F(InstanceTest, DiesWithItsOwnerAndIsReaped) {
  const auto directory = instance_of_killed_owner(Isolation::required);
  ASSERT_TRUE(fs::exists(directory / "data"));
  const pg::Parameters parameters{
      {"host", (directory / "s").string()}, {"port", "5432"}, {"dbname", "postgres"}, {"user", "postgres"}};
  bool dead = false;
  for (int attempt = 0; attempt < 100 && !dead; ++attempt) {
    try {
      pg::Connection::open(parameters);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } catch (const base::Error&) {
      dead = true;
    }
  }
  EXPECT_TRUE(dead);
  EXPECT_EQ(reap(), 1);
  EXPECT_EQ(count_in("instances"), 0);
}

TEST_F(InstanceTest, ReapingSparesTheLiving) {
  const auto instance = empty();
  EXPECT_EQ(reap(), 0);
  EXPECT_EQ(instance.connect("postgres").one_value("select 1"), "1");
}

}  // namespace
}  // namespace scratch
