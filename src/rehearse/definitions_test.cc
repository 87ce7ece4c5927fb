#include "rehearse/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/test_server.h"

namespace rehearse {
namespace {

using testing::Contains;
using testing::Not;

constexpr const char* kSchema = R"sql(
  create schema app;
  create type app.mood as enum ('good', 'bad');
  create domain app.small as int check (value < 10 and value <> 3) default 1;
  create function app.inner_one(x text) returns text language sql as 'select x || ''!''';
  create function app."Mark"() returns trigger language plpgsql as
    'begin new.note := app.inner_one(new.note); return new; end';
  create function app.unrelated() returns int language sql as 'select 1';
  create table app.users (gone int, id serial primary key, mood app.mood default 'good', s app.small,
    kind varchar(9) not null check (kind in ('a', 'b')), note text default 'x', twice int generated always as (2) stored,
    parent int references app.users on delete set null);
  alter table app.users drop column gone;
  create trigger mark before insert or update on app.users for each row when (new.kind <> 'z') execute function app."Mark"();
  create rule quiet as on delete to app.users where old.id < 0 do instead nothing;
  alter table app.users enable row level security;
  create policy mine on app.users for select using (kind in ('a', 'b') and current_user <> 'x');
  create table app.messages (id bigint generated always as identity primary key,
    author int constraint author_key references app.users on delete cascade);
  create table app.parts (id int, day date, constraint parts_pkey primary key (id, day)) partition by range (day);
  create table app.parts_1 partition of app.parts for values from ('2026-01-01') to ('2027-01-01');
  create table app.parts_2 (day date not null, more text, id int not null);
  alter table app.parts_2 drop column more;
  alter table app.parts attach partition app.parts_2 default;
  create trigger mark before insert on app.parts for each row execute function app."Mark"();
  grant select on app.users to public;
)sql";

// One server for all; every test has a database of its own.
class RelevantDefinitions : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<pg::TestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  RelevantDefinitions() : connection_(fresh("d" + std::to_string(++counter_))) { connection_.script(kSchema); }

  static pg::Connection fresh(const std::string& name) {
    server_->connect().none("create database " + name);
    return server_->connect(name);
  }
  static std::vector<Definition> of(pg::Connection& connection, const std::set<std::string>& tables) {
    return relevant_definitions(pg::read_catalog(connection), tables);
  }
  std::vector<std::string> objects(const std::set<std::string>& tables) {
    std::vector<std::string> names;
    for (const Definition& definition : of(connection_, tables)) names.push_back(definition.object);
    return names;
  }
  bool changes(const std::string& sql) {
    const auto before = of(connection_, {"app.users", "app.parts_2"});
    connection_.script(sql);
    return of(connection_, {"app.users", "app.parts_2"}) != before;
  }

  static std::unique_ptr<pg::TestServer> server_;
  static int counter_;
  pg::Connection connection_;
};

std::unique_ptr<pg::TestServer> RelevantDefinitions::server_;
int RelevantDefinitions::counter_ = 0;

TEST_F(RelevantDefinitions, AreThoseOfTheTablesAndOfAllTheyUse) {
  const auto names = objects({"app.users"});
  for (const char* name :
       {"table app.users", "column app.users.kind", "constraint app.users.users_kind_check", "trigger app.users.mark",
        "rule app.users.quiet", "policy app.users.mine", "constraint app.messages.author_key", "function app.Mark()",
        "function app.inner_one(text)", "enum app.mood", "domain app.small"}) {
    EXPECT_THAT(names, Contains(name));
  }
  for (const char* name : {"table app.messages", "function app.unrelated()", "table app.parts", "role postgres"}) {
    EXPECT_THAT(names, Not(Contains(name)));
  }
}

TEST_F(RelevantDefinitions, AreNotThoseOfAnotherSchemaByTheSameName) {
  connection_.script(
      "create schema other;"
      "create function other.inner_one(x text) returns text language sql as 'select x';"
      "create function other.\"Mark\"() returns trigger language plpgsql as 'begin return new; end'");
  EXPECT_FALSE(changes(
      "create or replace function other.\"Mark\"() returns trigger language plpgsql as 'begin return null; end';"
      "create or replace function other.inner_one(x text) returns text language sql as 'select null'"));
  // What names no schema may mean any.
  connection_.script(
      "create or replace function app.\"Mark\"() returns trigger language plpgsql as"
      " 'begin new.note := inner_one(new.note); return new; end'");
  EXPECT_TRUE(changes("create or replace function other.inner_one(x text) returns text language sql as 'select x'"));
}

TEST_F(RelevantDefinitions, AreThoseThatATriggerRunsWhateverItsName) {
  connection_.script(
      "create function app.tick() returns trigger language plpgsql as 'begin return new; end';"
      "create trigger \"a ON b\" before insert on app.users for each row execute function app.tick()");
  EXPECT_TRUE(
      changes("create or replace function app.tick() returns trigger language plpgsql as 'begin return null; end'"));
}

TEST_F(RelevantDefinitions, OfAPartitionAreThoseOfItsRootToo) {
  const auto names = objects({"app.parts_1"});
  for (const char* name : {"table app.parts", "table app.parts_1", "trigger app.parts.mark", "trigger app.parts_1.mark",
                           "constraint app.parts.parts_pkey"}) {
    EXPECT_THAT(names, Contains(name));
  }
}

TEST_F(RelevantDefinitions, ChangeWithWhatCouldChangeEffects) {
  for (const char* sql :
       {"alter table app.users disable trigger mark", "alter table app.users alter note set default 'y'",
        "create or replace function app.inner_one(x text) returns text language sql as 'select x'",
        "create or replace function app.\"Mark\"() returns trigger language plpgsql as 'begin return new; end'",
        "alter table app.messages drop constraint author_key, add constraint author_key foreign key (author) "
        "references "
        "app.users on delete set null",
        "create table app.more (u int references app.users on delete cascade)", "drop rule quiet on app.users",
        "alter table app.users add extra int", "alter type app.mood add value 'odd'",
        "alter domain app.small drop default", "alter table app.users disable row level security",
        "drop policy mine on app.users", "alter table app.users drop constraint users_kind_check",
        "create trigger another after delete on app.parts for each row execute function app.\"Mark\"()"}) {
    EXPECT_TRUE(changes(sql)) << sql;
  }
}

TEST_F(RelevantDefinitions, DoNotChangeWithWhatCannot) {
  for (const char* sql :
       {"grant update on app.users to public", "alter table app.users set (fillfactor = 50)",
        "create or replace function app.unrelated() returns int language sql as 'select 2'",
        "alter table app.messages add extra int", "insert into app.users (kind) values ('a'); analyze app.users",
        "create index on app.users (note)", "alter table app.users replica identity full"}) {
    EXPECT_FALSE(changes(sql)) << sql;
  }
}

TEST_F(RelevantDefinitions, AreTheSameWhereADumpWasRestored) {
  const std::set<std::string> all = {"app.users", "app.messages", "app.parts_1", "app.parts_2"};
  sys::Command dump = server_->program("pg_dump", {});
  dump.argv = {"/usr/lib/postgresql/15/bin/pg_dump", "-h", server_->directory().string(), "-U", "postgres", "-d",
               connection_.parameters().at("dbname")};
  pg::Connection copy = fresh("copy");
  std::string text = sys::run_or_throw(dump).out;
  // psql's own commands, and the search path that a dump leaves behind.
  std::string sql;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (!line.starts_with('\\') && !line.starts_with("COPY ")) sql.append(line).append("\n");
    at = end + 1;
  }
  copy.script(sql);
  const auto ours = of(connection_, all), theirs = of(copy, all);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].object, theirs[i].object);
    EXPECT_EQ(ours[i].sha256, theirs[i].sha256) << ours[i].object;
  }
}

TEST_F(RelevantDefinitions, CodeInReachIsWhatAScriptNamesAndWhatItsEffectsFire) {
  connection_.script(
      "create function app.heals() returns int language sql as 'select setval(''app.users_id_seq'', 9)::int';"
      "create view app.healed as select app.heals() as one;"
      "create function app.gone() returns trigger language plpgsql as 'begin return app.unrelated(); end';"
      "create trigger gone after delete on app.users for each row execute function app.gone()");
  const pg::Catalog catalog = pg::read_catalog(connection_);
  const auto reached = [&](const std::string& script, const Counts& users) {
    Plan plan;
    plan.scripts = {{.name = "clean.sql"}};
    plan.effects = {{.table = "app.users", .root = "app.users", .counts = users}};
    std::set<std::string> names;
    for (const Code& code : code_in_reach(catalog, plan, {script}, {})) names.insert(code.object);
    return names;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(reached("DELETE FROM users", {.deleted = 1}),
            (Names{"clean.sql", "function app.gone()", "function app.unrelated()"}));
  EXPECT_EQ(reached("INSERT INTO users", {.inserted = 1}),
            (Names{"clean.sql", "function app.Mark()", "function app.inner_one(text)"}));
  EXPECT_EQ(reached("DO 'begin perform HEALS(); /* Mark */ end' -- gone", {}),
            (Names{"clean.sql", "function app.heals()"}));
  EXPECT_EQ(reached("SELECT * FROM app.healed", {}), (Names{"clean.sql", "function app.heals()"}));
  const auto code =
      code_in_reach(catalog, {.scripts = {{.name = "clean.sql"}}}, {"SELECT heals()"}, {"setval", "restart"});
  ASSERT_EQ(code.size(), 2u);
  EXPECT_EQ(code[1].words, Names{"setval"});
}

}  // namespace
}  // namespace rehearse
