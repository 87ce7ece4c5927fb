#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "pg/test_server.h"
#include "scratch/image.h"
#include "scratch/test_home.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

// One server for all of these tests, whose database is dumped in every way there is.
class DumpSourceTest : public HomeTest {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<pg::TestServer>();
    server_->connect().script("create role owner_of_all; create role \"Some Reader\" login");
    server_->connect().none("create database shop owner owner_of_all");
    server_->connect().none("alter database shop set work_mem = '11MB'");
    server_->connect("shop").script(
        "create table users (id bigserial primary key, name text);"
        "insert into users (name) select 'line' || chr(10) || g from generate_series(1, 1000) g;"
        "alter table users owner to owner_of_all; grant select on users to \"Some Reader\";"
        "create unlogged table cache (id int); insert into cache values (1), (2)");
  }
  static void TearDownTestSuite() { server_.reset(); }

  // A dump made by `program` with `arguments`; of a name that tells where it came from.
  fs::path dump(const std::string& program, std::vector<std::string> arguments, const std::string& name) const {
    const auto path = server_->directory() / name;
    sys::remove_tree(path);
    arguments.insert(arguments.end(), {"-h", server_->directory().string(), "-U", "postgres", "-f", path.string()});
    sys::run_or_throw(server_->program(program, arguments));
    return path;
  }
  static ImageHold obtain(const fs::path& path, const SourceOptions& options = {}) {
    return obtain_image("dump:" + path.string(), options);
  }
  static Instance clone(const ImageHold& hold) {
    return Instance::clone(hold.image().data, binaries_for(hold.image().major), {});
  }
  fs::path written(const std::string& name, const std::string& text) const {
    const auto path = own_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  static void expect_whole(const ImageHold& hold) {
    EXPECT_EQ(hold.image().major, 15);
    const auto instance = clone(hold);
    auto connection = instance.connect(hold.image().database);
    EXPECT_EQ(connection.one_value("select concat_ws(' ', count(*), min(name) = E'line\\n1', max(id)) from users"),
              "1000 t 1000");
    EXPECT_EQ(connection.one_value("select nextval('users_id_seq')"), "1001");
    EXPECT_EQ(connection.one_value("select count(*) from cache"), "2");
    EXPECT_EQ(connection.one_value("select tableowner from pg_tables where tablename = 'users'"), "owner_of_all");
    EXPECT_EQ(instance.connect(hold.image().database, "Some Reader").one_value("select count(*) from users"), "1000");
  }

  static base::Error failure_of(const fs::path& path) {
    try {
      obtain(path);
    } catch (const base::Error& error) {
      return error;
    }
    return base::Error(base::Code::internal, "it was taken for a dump");
  }

 private:
  static inline std::unique_ptr<pg::TestServer> server_;
  sys::TemporaryDirectory own_;
};

TEST_F(DumpSourceTest, TakesCustomArchives) {
  const auto hold = obtain(dump("pg_dump", {"-Fc", "shop"}, "shop.dump"));
  EXPECT_EQ(hold.image().database, "shop");
  EXPECT_EQ(hold.image().method, "pg_restore");
  EXPECT_EQ(hold.image().role, "postgres");
  expect_whole(hold);
  EXPECT_EQ(clone(hold).connect("shop").one_value("show work_mem"), "11MB");
}

TEST_F(DumpSourceTest, TakesTarArchives) {
  expect_whole(obtain(dump("pg_dump", {"-Ft", "shop"}, "shop.tar")));
}

TEST_F(DumpSourceTest, TakesDirectories) {
  expect_whole(obtain(dump("pg_dump", {"-Fd", "shop"}, "shop.dir")));
}

TEST_F(DumpSourceTest, TakesPlainSql) {
  const auto hold = obtain(dump("pg_dump", {"shop"}, "shop.sql"));
  EXPECT_EQ(hold.image().database, "shop");
  EXPECT_EQ(hold.image().method, "psql");
  expect_whole(hold);
}

TEST_F(DumpSourceTest, TakesPlainSqlThatMakesItsDatabase) {
  const auto hold = obtain(dump("pg_dump", {"-C", "shop"}, "with-create.sql"));
  EXPECT_EQ(hold.image().database, "shop");
  expect_whole(hold);
}

TEST_F(DumpSourceTest, TakesADumpOfAWholeCluster) {
  const auto hold = obtain(dump("pg_dumpall", {}, "cluster.sql"));
  EXPECT_EQ(hold.image().database, "shop");
  expect_whole(hold);
}

TEST_F(DumpSourceTest, TakesDumpsThatOnlyWeMayRead) {
  for (const auto* format : {"-Fc", "-Fd", "-Fp"}) {
    const auto path = dump("pg_dump", {format, "shop"}, std::string("private") + format);
    ASSERT_EQ(chown(path.c_str(), geteuid(), getegid()), 0);
    ASSERT_EQ(chmod(path.c_str(), 0700), 0);
    expect_whole(obtain(path));
  }
}

TEST_F(DumpSourceTest, ReusesAnImageUntilTheDumpIsWrittenAnew) {
  const auto path = dump("pg_dump", {"-Fc", "shop"}, "again.dump");
  EXPECT_FALSE(obtain(path).reused());
  EXPECT_TRUE(obtain(path).reused());
  dump("pg_dump", {"-Fc", "shop"}, "again.dump");
  EXPECT_FALSE(obtain(path).reused());
}

TEST_F(DumpSourceTest, RunsAsTheRoleThatWasAskedFor) {
  SourceOptions options;
  options.role = "Some Reader";
  const auto path = dump("pg_dump", {"-Fc", "shop"}, "role.dump");
  EXPECT_EQ(obtain(path, options).image().role, "Some Reader");
  options.role = "unheard_of";
  const auto other = dump("pg_dump", {"-Fc", "shop"}, "role2.dump");
  EXPECT_THROW(obtain(other, options), base::Error);
}

TEST_F(DumpSourceTest, GarbageIsRefusedClearlyAndLeavesNothing) {
  const auto archive = sys::read_file(dump("pg_dump", {"-Fc", "shop"}, "whole.dump"));
  const auto plain = sys::read_file(dump("pg_dump", {"shop"}, "whole.sql"));
  const std::vector<fs::path> bad = {
      written("empty.dump", ""),
      written("noise.dump", std::string("\1\2\0\3\4", 5)),
      written("header.dump", "PGDMP"),
      written("half.dump", archive.substr(0, archive.size() / 2)),
      written("half.sql", plain.substr(0, plain.size() / 2)),
      written("prose.sql", "this is not SQL;\n"),
      written("packed.sql.gz", "\x1f\x8b\x08 and so on"),
      "/nonexistent/shop.dump",
      fs::path("/usr"),
  };
  for (const auto& path : bad) {
    const auto error = failure_of(path);
    EXPECT_EQ(error.code(), base::Code::input) << path << ": " << error.message();
    EXPECT_NE(error.message().find(path.filename().string()), std::string::npos) << error.message();
  }
  EXPECT_EQ(count_in("building"), 0);
  EXPECT_EQ(count_in("instances"), 0);
  EXPECT_EQ(count_in("images"), 0);
}

TEST_F(DumpSourceTest, AHostileDumpRunsItsCommandsInTheSandbox) {
  const sys::TemporaryDirectory outside({}, sys::server_account());
  const auto target = outside.path() / "written";
  const auto path = written("hostile.sql", "create table users ();\n\\! echo here > " + target.string() +
                                               "\n\\! echo here > /var/tmp/pgrehearse-hostile\n"
                                               "copy (select 1) to program 'cat > " +
                                               target.string() + "; cat > /dev/null; true';\n");
  obtain(path);
  EXPECT_FALSE(fs::exists(target));
  EXPECT_FALSE(fs::exists("/var/tmp/pgrehearse-hostile"));
}

TEST_F(DumpSourceTest, ADumpOfANewerServerThanAnyHereIsRefused) {
  const auto error = failure_of(written("future.sql",
                                        "-- PostgreSQL database dump\n-- Dumped from database version 99.1\n"
                                        "-- PostgreSQL database dump complete\n"));
  EXPECT_EQ(error.code(), base::Code::tool);
  EXPECT_NE(error.message().find("PostgreSQL 99"), std::string::npos) << error.message();
}

TEST_F(DumpSourceTest, ADumpOfAnOlderServerIsRehearsedOnANewerOneAndSaysSo) {
  const auto hold = obtain(written("old.sql",
                                   "-- PostgreSQL database dump\n-- Dumped from database version 9.6.1\n"
                                   "create table t ();\n-- PostgreSQL database dump complete\n"));
  ASSERT_EQ(hold.image().notes.size(), 1u);
  EXPECT_EQ(hold.image().notes[0], "the dump is of PostgreSQL 9, rehearsed on PostgreSQL 15");
}

}  // namespace
}  // namespace scratch
