#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "pg/test_server.h"
#include "scratch/image.h"
#include "scratch/test_home.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

// One server for all of these tests, with a database for each.
class LiveSourceTest : public HomeTest {
 protected:
  static void SetUpTestSuite() {
    // Autovacuum writes by itself, which makes images outdated.
    server_ = std::make_unique<pg::TestServer>(pg::TestServer::Settings{
        {"max_prepared_transactions", "5"}, {"TimeZone", "Asia/Tokyo"}, {"autovacuum", "off"}});
    std::ofstream(server_->data() / "postgresql.conf", std::ios::app) << "app.tenant = 'o''neil'\n";
    auto connection = server_->connect();
    connection.script(
        "create role copier login replication; create role plain login; create role clerk nologin;"
        "grant clerk to plain; alter role plain set search_path = app, public");
  }
  static void TearDownTestSuite() { server_.reset(); }

  LiveSourceTest() {
    database_ = "db_" + std::to_string(++number_);
    server_->connect().none("create database " + database_);
    source_connection().script(
        "create table users (id bigserial primary key, name text not null);"
        "insert into users (name) select 'user ' || g from generate_series(1, 1000) g;"
        "grant select on users, users_id_seq to plain, copier");
  }

  static pg::TestServer& server() { return *server_; }
  pg::Connection source_connection() const { return server_->connect(database_); }
  std::string source(const std::string& user) const {
    return "host=" + server_->directory().string() + " port=5432 dbname=" + database_ + " user=" + user;
  }
  ImageHold obtain(const std::string& user, const SourceOptions& options = {}) const {
    return obtain_image(source(user), options);
  }
  static Instance clone(const ImageHold& hold) {
    return Instance::clone(hold.image().data, binaries_for(hold.image().major), {});
  }

  std::string database_;

 private:
  static inline std::unique_ptr<pg::TestServer> server_;
  static inline int number_ = 0;
};

std::string everything(pg::Connection& connection) {
  return connection.one_value("select string_agg(u::text, ',' order by id) from users u").value_or("");
}

bool has_note(const Image& image, const std::string& part) {
  for (const auto& note : image.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_F(LiveSourceTest, CopiesPhysicallyForARoleThatMayReplicate) {
  const auto hold = obtain("copier");
  EXPECT_EQ(hold.image().method, "base backup");
  EXPECT_EQ(hold.image().database, database_);
  EXPECT_EQ(hold.image().role, "copier");
  EXPECT_EQ(hold.image().superuser, "postgres");
  EXPECT_FALSE(hold.reused());
  EXPECT_GT(hold.image().bytes, 1000000u);
  const auto instance = clone(hold);
  auto copy = instance.connect(database_);
  auto original = source_connection();
  EXPECT_EQ(everything(copy), everything(original));
  EXPECT_EQ(count_in("building"), 0);
}

TEST_F(LiveSourceTest, CopiesByDumpForARoleThatMayNotReplicate) {
  source_connection().script(
      "create schema app; create type app.mood as enum ('sad', 'happy'); create table app.t (m app.mood);"
      "grant usage on schema app to plain; grant select on app.t to clerk;"
      "alter role plain set app.note = 'a b'");
  server().connect().none("alter database " + database_ + " set work_mem = '9MB'");
  const auto hold = obtain("plain");
  EXPECT_EQ(hold.image().method, "pg_dump");
  const auto instance = clone(hold);
  auto copy = instance.connect(database_, "plain");
  auto original = source_connection();
  EXPECT_EQ(everything(copy), everything(original));
  EXPECT_EQ(copy.one_value("show work_mem"), "9MB");
  EXPECT_EQ(copy.one_value("show search_path"), "app, public");
  EXPECT_EQ(copy.one_value("select current_setting('app.note')"), "a b");
  EXPECT_EQ(copy.one_value("select pg_has_role('plain', 'clerk', 'member')"), "t");
  EXPECT_THROW(copy.none("delete from users"), base::Error);
}

TEST_F(LiveSourceTest, ReusesAnImageUntilSomebodyWrites) {
  const auto first = obtain("copier").image().name;
  EXPECT_TRUE(obtain("copier").reused());
  source_connection().none("insert into users (name) values ('new')");
  const auto after = obtain("copier");
  EXPECT_FALSE(after.reused());
  EXPECT_EQ(after.image().name, first);
  EXPECT_EQ(list_images().size(), 1u) << "the outdated image is replaced";
  EXPECT_TRUE(obtain("plain").reused()) << "an image serves every role";
}

TEST_F(LiveSourceTest, ASequenceThatMovedMakesAnImageOutdated) {
  obtain("copier");
  source_connection().none("select nextval('users_id_seq')");
  EXPECT_FALSE(obtain("copier").reused());
}

TEST_F(LiveSourceTest, AnOldImageWillDoWhereItsAgeIsAccepted) {
  obtain("copier");
  source_connection().none("delete from users");
  SourceOptions options;
  options.max_age = std::chrono::hours(1);
  EXPECT_TRUE(obtain("copier", options).reused());
}

TEST_F(LiveSourceTest, AnotherPreparationMakesANewImage) {
  obtain("copier");
  SourceOptions options;
  options.preparation = 2;
  options.prepare = [](pg::Connection& connection) { connection.none("create table prepared ()"); };
  const auto hold = obtain("copier", options);
  EXPECT_FALSE(hold.reused());
  EXPECT_TRUE(clone(hold).connect(database_).one_value("select to_regclass('prepared')").has_value());
}

TEST_F(LiveSourceTest, AnOutdatedImageThatIsInUseStays) {
  const auto held = obtain("copier");
  source_connection().none("delete from users where id = 1");
  const auto newer = obtain("copier");
  EXPECT_NE(newer.image().name, held.image().name);
  EXPECT_EQ(clone(held).connect(database_).one_value("select count(*) from users"), "1000");
  EXPECT_EQ(clone(newer).connect(database_).one_value("select count(*) from users"), "999");
}

TEST_F(LiveSourceTest, SequencesStandWhereTheyStandOnTheSource) {
  source_connection().script(
      "create sequence fresh start 7; create sequence down increment -3; select nextval('down');"
      "create sequence set_back; select setval('set_back', 100, false)");
  const std::string query =
      "select concat_ws(' ', u.last_value, u.is_called, f.last_value, f.is_called, d.last_value, d.is_called, "
      "s.last_value, s.is_called) from users_id_seq u, fresh f, down d, set_back s";
  const auto hold = obtain("postgres");
  EXPECT_EQ(hold.image().method, "base backup");
  EXPECT_EQ(clone(hold).connect(database_).one_value(query), source_connection().one_value(query));
}

TEST_F(LiveSourceTest, RowsOfUnloggedTablesAreThere) {
  source_connection().script(
      "create unlogged table cache (id int primary key, twice int generated always as (id * 2) stored, user_id bigint "
      "references users);"
      "insert into cache (id, user_id) select g, g from generate_series(1, 500) g;"
      "create unlogged table secret (id int); insert into secret values (1); grant select on cache to copier");
  const auto hold = obtain("copier");
  const auto instance = clone(hold);
  auto copy = instance.connect(database_);
  EXPECT_EQ(copy.one_value("select sum(twice) from cache"), "250500");
  EXPECT_TRUE(has_note(hold.image(), "secret"));
}

TEST_F(LiveSourceTest, TablespacesComeAlongInside) {
  const auto location = server().directory() / ("space_" + database_);
  sys::make_private_directory(location, server().account());
  auto original = source_connection();
  original.none("create tablespace space_" + database_ + " location '" + location.string() + "'");
  original.script("create table far (id int) tablespace space_" + database_ + "; insert into far values (1), (2)");
  const auto hold = obtain("copier");
  original.none("drop table far");
  original.none("drop tablespace space_" + database_);
  EXPECT_EQ(clone(hold).connect(database_).one_value("select count(*) from far"), "2");
}

TEST_F(LiveSourceTest, SettingsThatChangeMeaningComeAlong) {
  const auto hold = obtain("postgres");
  const auto instance = clone(hold);
  auto copy = instance.connect(database_);
  EXPECT_EQ(copy.one_value("show timezone"), "Asia/Tokyo");
  EXPECT_EQ(copy.one_value("show app.tenant"), "o'neil");
  EXPECT_EQ(copy.one_value("show max_prepared_transactions"), "5");
}

TEST_F(LiveSourceTest, PreparedTransactionsAreRolledBackAndReported) {
  auto original = source_connection();
  original.script("begin; delete from users; prepare transaction 'half''done'");
  const auto hold = obtain("copier");
  original.none("rollback prepared 'half''done'");
  EXPECT_TRUE(has_note(hold.image(), "prepared transaction"));
  EXPECT_EQ(clone(hold).connect(database_).one_value("select count(*) from users"), "1000");
}

TEST_F(LiveSourceTest, SubscriptionsAndPreloadedLibrariesAreDisarmed) {
  auto original = source_connection();
  original.none("create subscription s connection 'host=/nowhere' publication p with (connect = false)");
  server().connect().none("alter role plain in database " + database_ +
                          " set session_preload_libraries = 'no_such_library'");
  const auto hold = obtain("copier");
  original.script("alter subscription s set (slot_name = none)");
  original.none("drop subscription s");
  server().connect().none("alter role plain in database " + database_ + " reset session_preload_libraries");
  const auto instance = clone(hold);
  auto copy = instance.connect(database_);
  EXPECT_NO_THROW(copy.none("drop subscription s"));
  EXPECT_NO_THROW(instance.connect(database_, "plain"));
}

TEST_F(LiveSourceTest, AMissingExtensionIsNamed) {
  source_connection().script(
      "create extension pg_trgm; set allow_system_table_mods = on;"
      "update pg_extension set extname = 'postgis' where extname = 'pg_trgm'");
  for (const auto* user : {"copier", "plain"}) {
    try {
      obtain(user);
      FAIL() << "made an image without its extension";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::tool);
      EXPECT_NE(error.message().find("postgis"), std::string::npos) << error.message();
    }
  }
  EXPECT_EQ(count_in("building"), 0);
  EXPECT_EQ(count_in("instances"), 0);
}

TEST_F(LiveSourceTest, FallsBackToADumpWhereReplicationIsRefused) {
  const auto hba = server().data() / "pg_hba.conf";
  const auto before = sys::read_file(hba);
  std::ofstream(hba) << "local replication all reject\nlocal all all trust\n";
  server().connect().none("select pg_reload_conf()");
  std::optional<ImageHold> hold;
  EXPECT_NO_THROW(hold = obtain("postgres"));
  std::ofstream(hba) << before;
  server().connect().none("select pg_reload_conf()");
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->image().method, "pg_dump");
  EXPECT_TRUE(has_note(hold->image(), "base backup"));
}

TEST_F(LiveSourceTest, ARoleThatDoesNotExistIsAnError) {
  SourceOptions options;
  options.role = "nobody_of_that_name";
  EXPECT_THROW(obtain("copier", options), base::Error);
  EXPECT_EQ(count_in("building"), 0);
}

TEST_F(LiveSourceTest, ARoleThatMayNotLogInCanStillBeRehearsedAs) {
  SourceOptions options;
  options.role = "clerk";
  const auto hold = obtain("copier", options);
  EXPECT_EQ(hold.image().role, "clerk");
  EXPECT_EQ(clone(hold).connect(database_, "clerk").one_value("select current_user"), "clerk");
}

TEST_F(LiveSourceTest, ImagesAreForTheirOwnerAlone) {
  const auto hold = obtain("copier");
  const auto directory = hold.image().data.parent_path();
  for (const auto& path : {directory, hold.image().data, directory / "image.json", hold.image().data / "PG_VERSION"}) {
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 077, 0u) << path;
  }
}

TEST_F(LiveSourceTest, TwoProcessesWantingOneImageMakeItOnce) {
  int made = 0;
  pid_t children[2];
  for (auto& child : children) {
    child = fork();
    if (child == 0) {
      try {
        _exit(obtain("copier").reused() ? 1 : 0);
      } catch (...) {
        _exit(2);
      }
    }
  }
  for (const auto child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 2);
    made += WEXITSTATUS(status) == 0;
  }
  EXPECT_EQ(made, 1);
}

TEST_F(LiveSourceTest, ImagesAreListedTakenByNameAndPurged) {
  const auto name = obtain("copier").image().name;
  ASSERT_EQ(list_images().size(), 1u);
  EXPECT_EQ(list_images()[0].name, name);
  {
    const auto hold = obtain_image("image:" + name, {});
    EXPECT_TRUE(hold.reused());
    EXPECT_THROW(purge(name), base::Error);
    EXPECT_EQ(purge(""), 0u);
    EXPECT_EQ(list_images().size(), 1u);
  }
  EXPECT_GT(purge(name), 1000000u);
  EXPECT_TRUE(list_images().empty());
  EXPECT_THROW(obtain_image("image:" + name, {}), base::Error);
  EXPECT_THROW(purge("../instances"), base::Error);
}

TEST_F(LiveSourceTest, AnUnreachableServerIsAnErrorThatLeavesNothing) {
  EXPECT_THROW(obtain_image("host=/nonexistent dbname=x user=y", {}), base::Error);
  EXPECT_EQ(count_in("building"), 0);
}

}  // namespace
}  // namespace scratch
