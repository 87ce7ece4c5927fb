// What read_catalog() tells of definitions: every kind of change shows, and nothing else does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <set>
#include <string>

#include "pg/catalog.h"
#include "pg/test_server.h"

namespace pg {
namespace {

using Names = std::set<std::string>;

// One server for all; every test gets a database of its own. Roles belong to the server: each test uses its own names.
class Definitions : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<TestServer>(TestServer::Settings{{"wal_level", "logical"}});
  }
  static void TearDownTestSuite() { server_.reset(); }

  Definitions() : connection_(open()) {
    connection_.script(
        "create table users (id int primary key, name text, email text);"
        "create function nothing() returns trigger language plpgsql as 'begin return null; end'");
  }

  // The keys that differ after `sql`: "+key" new, "-key" gone, "~key" other.
  Names changes(const std::string& sql) {
    const auto before = read_catalog(connection_).definitions;
    connection_.script(sql);
    const auto after = read_catalog(connection_).definitions;
    Names names;
    for (const auto& [key, definition] : before) {
      const auto found = after.find(key);
      if (found == after.end()) names.insert("-" + key);
      if (found != after.end() && found->second != definition) names.insert("~" + key);
    }
    for (const auto& [key, definition] : after) {
      if (!before.contains(key)) names.insert("+" + key);
    }
    return names;
  }
  Connection& connection() { return connection_; }

 private:
  static Connection open() {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& character : name) character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    name.resize(std::min<std::size_t>(name.size(), 60));
    server_->connect().none("create database " + name);
    return server_->connect(name);
  }

  static std::unique_ptr<TestServer> server_;
  Connection connection_;
};

std::unique_ptr<TestServer> Definitions::server_;

TEST_F(Definitions, DoNotChangeByThemselvesNorWithRows) {
  EXPECT_EQ(changes("create temporary table t (x int); insert into users values (1); update users set name = 'x';"
                    "analyze users; truncate users; begin; create table undone (x int); rollback"),
            Names{});
}

TEST_F(Definitions, DoNotShowWhatPreparingAScratchChanges) {
  EXPECT_EQ(changes("alter table users replica identity full; create unlogged table u (x int); drop table u;"
                    "create schema pgrehearse; create table pgrehearse.t (x int);"
                    "create function pgrehearse.f() returns event_trigger language plpgsql as 'begin end';"
                    "create event trigger pgrehearse_ddl on ddl_command_end execute function pgrehearse.f();"
                    "create publication pgrehearse for all tables"),
            Names{});
  EXPECT_EQ(changes("alter table users set unlogged"), Names{});
  EXPECT_EQ(changes("alter table users set logged"), Names{});
}

TEST_F(Definitions, ShowATableThatIsMadeOrDropped) {
  EXPECT_EQ(changes("create table t (id serial primary key, \"Odd\" text not null)"),
            (Names{"+table public.t", "+column public.t.id", "+column public.t.Odd", "+constraint public.t.t_pkey",
                   "+sequence public.t_id_seq"}));
  EXPECT_EQ(changes("drop table t"), (Names{"-table public.t", "-column public.t.id", "-column public.t.Odd",
                                            "-constraint public.t.t_pkey", "-sequence public.t_id_seq"}));
}

TEST_F(Definitions, ShowWhatBecomesOfATable) {
  for (const std::string change :
       {"owner to pg_monitor", "set (fillfactor = 50)", "set (toast.autovacuum_enabled = off)",
        "enable row level security", "force row level security", "disable row level security"}) {
    EXPECT_EQ(changes("alter table users " + change), Names{"~table public.users"}) << change;
  }
  EXPECT_EQ(changes("grant select on users to public"), Names{"~table public.users"});
  EXPECT_EQ(changes("revoke select on users from public"), Names{"~table public.users"});
  EXPECT_EQ(changes("grant select on users to public; revoke select on users from public"), Names{});
}

TEST_F(Definitions, ShowWhatBecomesOfAColumn) {
  for (const std::string change :
       {"type varchar(20)", "set default 'x'", "drop default", "set not null", "drop not null", "set storage external",
        "set statistics 50", "set (n_distinct = 5)", "set compression pglz", "type text collate \"C\""}) {
    EXPECT_EQ(changes("alter table users alter name " + change), Names{"~column public.users.name"}) << change;
  }
  EXPECT_EQ(changes("grant update (name) on users to public"), Names{"~column public.users.name"});
  EXPECT_EQ(changes("alter table users rename name to label"),
            (Names{"-column public.users.name", "+column public.users.label"}));
  EXPECT_EQ(changes("alter table users drop label; alter table users add label text"),
            Names{"~column public.users.label"})
      << "its values are lost";
  EXPECT_EQ(changes("alter table users add doubled int generated always as (id * 2) stored"),
            Names{"+column public.users.doubled"});
  EXPECT_EQ(changes("alter table users alter id add generated always as identity"),
            (Names{"~column public.users.id", "+sequence public.users_id_seq"}));
  EXPECT_EQ(changes("alter table users alter id set generated by default"), Names{"~column public.users.id"});
}

TEST_F(Definitions, ShowConstraintsAndIndexes) {
  EXPECT_EQ(changes("alter table users add constraint positive check (id > 0) not valid"),
            Names{"+constraint public.users.positive"});
  EXPECT_EQ(changes("alter table users validate constraint positive"), Names{"~constraint public.users.positive"});
  EXPECT_EQ(changes("create index by_name on users (name)"), Names{"+index public.by_name"});
  EXPECT_EQ(changes("alter index by_name set (fillfactor = 50)"), Names{"~index public.by_name"});
  EXPECT_EQ(changes("cluster users using by_name"), Names{"~index public.by_name"});
  EXPECT_EQ(changes("alter table users add unique (email)"), Names{"+constraint public.users.users_email_key"});
  EXPECT_EQ(changes("create table orders (user_id int references users)")
                .count("+constraint public.orders.orders_user_id_fkey"),
            1U);
  EXPECT_EQ(changes("alter table orders disable trigger all"), Names{"~constraint public.orders.orders_user_id_fkey"})
      << "the foreign key is not checked any more";
}

TEST_F(Definitions, ShowTriggersRulesPoliciesAndStatistics) {
  EXPECT_EQ(changes("create trigger audit before insert on users for each row execute function nothing()"),
            Names{"+trigger public.users.audit"});
  EXPECT_EQ(changes("alter table users disable trigger audit"), Names{"~trigger public.users.audit"});
  EXPECT_EQ(changes("create rule quiet as on delete to users do instead nothing"), Names{"+rule public.users.quiet"});
  EXPECT_EQ(changes("create policy own on users to public using (id = 1)"), Names{"+policy public.users.own"});
  EXPECT_EQ(changes("alter policy own on users using (id = 2)"), Names{"~policy public.users.own"});
  EXPECT_EQ(changes("create statistics pairs on name, email from users"), Names{"+statistics public.pairs"});
}

TEST_F(Definitions, ShowPartitionsAndChildren) {
  changes("create table events (id int) partition by range (id)");
  EXPECT_EQ(changes("create table events_1 partition of events for values from (0) to (10)"),
            (Names{"+table public.events_1", "+column public.events_1.id"}));
  EXPECT_EQ(changes("alter table events detach partition events_1").count("~table public.events_1"), 1U);
  EXPECT_EQ(changes("alter table events attach partition events_1 for values from (0) to (20)")
                .count("~table public.events_1"),
            1U);
}

TEST_F(Definitions, ShowViewsAndTheirColumns) {
  EXPECT_EQ(changes("create view seen as select id from users"), Names{"+view public.seen"});
  EXPECT_EQ(changes("create or replace view seen as select id, name from users"), Names{"~view public.seen"});
  EXPECT_EQ(changes("alter view seen set (security_barrier = on)"), Names{"~view public.seen"});
  EXPECT_EQ(changes("alter view seen alter name set default 'x'"), Names{"~view public.seen"});
  EXPECT_EQ(changes("create materialized view kept as select 1 as x with no data"),
            Names{"+materialized view public.kept"});
  EXPECT_EQ(changes("refresh materialized view kept"), Names{"~materialized view public.kept"});
}

TEST_F(Definitions, ShowSequencesButNotWhereTheyStand) {
  EXPECT_EQ(changes("create sequence s"), Names{"+sequence public.s"});
  EXPECT_EQ(changes("select nextval('s'), setval('s', 100)"), Names{});
  EXPECT_EQ(changes("alter sequence s increment 5"), Names{"~sequence public.s"});
  EXPECT_EQ(changes("alter sequence s owned by users.id"), Names{"~sequence public.s"});
  EXPECT_EQ(changes("grant usage on sequence s to public"), Names{"~sequence public.s"});
}

TEST_F(Definitions, ShowFunctionsByTheirArguments) {
  EXPECT_EQ(changes("create function f(integer) returns int language sql as 'select 1';"
                    "create function f(a text, b text) returns int language sql as 'select 1'"),
            (Names{"+function public.f(integer)", "+function public.f(text, text)"}));
  EXPECT_EQ(changes("create or replace function f(integer) returns int language sql as 'select 2'"),
            Names{"~function public.f(integer)"});
  EXPECT_EQ(changes("alter function f(integer) security definer"), Names{"~function public.f(integer)"});
  EXPECT_EQ(changes("revoke execute on function f(integer) from public"), Names{"~function public.f(integer)"});
  EXPECT_EQ(changes("create procedure p() language sql as ''"), Names{"+procedure public.p()"});
  EXPECT_EQ(changes("create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0')"),
            Names{"+aggregate public.total(integer)"});
}

TEST_F(Definitions, ShowTypes) {
  EXPECT_EQ(changes("create type mood as enum ('good')"), Names{"+enum public.mood"});
  EXPECT_EQ(changes("alter type mood add value 'bad'"), Names{"~enum public.mood"});
  EXPECT_EQ(changes("create domain small as int check (value < 10)"), Names{"+domain public.small"});
  EXPECT_EQ(changes("alter domain small add constraint positive check (value > 0)"), Names{"~domain public.small"});
  EXPECT_EQ(changes("create type pair as (a int, b text)"), Names{"+type public.pair"});
  EXPECT_EQ(changes("alter type pair add attribute c int"), Names{"~type public.pair"});
  EXPECT_EQ(changes("create type span as range (subtype = int)").count("+type public.span"), 1U);
}

TEST_F(Definitions, ShowOperatorsCastsAndTextSearch) {
  changes("create function same(users, users) returns bool language sql immutable as 'select true'");
  EXPECT_EQ(changes("create operator === (leftarg = users, rightarg = users, function = same)"),
            Names{"+operator public.===(public.users,public.users)"});
  changes(
      "create type pair as (a int); create function to_pair(int) returns pair language sql as 'select row($1)::pair'");
  EXPECT_EQ(changes("create cast (int as pair) with function to_pair(int)"), Names{"+cast integer as public.pair"});
  EXPECT_EQ(changes("create operator class ops for type int using btree as operator 1 <, operator 2 <=, operator 3 =,"
                    " operator 4 >=, operator 5 >, function 1 btint4cmp(int, int)"),
            (Names{"+operator class public.ops using btree", "+operator family public.ops using btree"}));
  EXPECT_EQ(changes("create text search configuration mine (copy = english)"),
            Names{"+text search configuration public.mine"});
  EXPECT_EQ(changes("alter text search configuration mine drop mapping for email"),
            Names{"~text search configuration public.mine"});
  EXPECT_EQ(changes("create text search dictionary words (template = simple)"),
            Names{"+text search dictionary public.words"});
  EXPECT_EQ(changes("create collation mine (provider = libc, locale = 'C')"), Names{"+collation public.mine"});
}

TEST_F(Definitions, ShowSchemasAndPrivileges) {
  EXPECT_EQ(changes("create schema app"), Names{"+schema app"});
  EXPECT_EQ(changes("grant usage on schema app to public"), Names{"~schema app"});
  EXPECT_EQ(changes("alter default privileges in schema app grant select on tables to public"),
            Names{"+default privileges of postgres in app on r"});
  EXPECT_EQ(changes("drop schema app"), (Names{"-schema app", "-default privileges of postgres in app on r"}));
}

TEST_F(Definitions, ShowRolesMembershipsAndSettings) {
  EXPECT_EQ(changes("create role clerk"), Names{"+role clerk"});
  EXPECT_EQ(changes("alter role clerk login"), Names{"~role clerk"});
  EXPECT_EQ(changes("create role boss; grant boss to clerk"), (Names{"+role boss", "+membership boss.clerk"}));
  EXPECT_EQ(changes("grant boss to clerk with admin option"), Names{"~membership boss.clerk"});
  EXPECT_EQ(changes("grant pg_read_all_data to clerk"), Names{"+membership pg_read_all_data.clerk"});
  EXPECT_EQ(changes("alter role clerk set search_path = app"), Names{"+settings of role clerk"});
  EXPECT_EQ(changes("alter role clerk set search_path = app, public"), Names{"~settings of role clerk"});
}

TEST_F(Definitions, ShowReplicationAndEventTriggers) {
  EXPECT_EQ(changes("create publication news for table users where (id > 0)"), Names{"+publication news"});
  EXPECT_EQ(changes("alter publication news set table users (id)"), Names{"~publication news"});
  EXPECT_EQ(changes("alter publication news set (publish = 'insert')"), Names{"~publication news"});
  EXPECT_EQ(
      changes("create subscription feed connection 'dbname=x password=hidden' publication news with (connect = false)"),
      Names{"+subscription feed"});
  EXPECT_EQ(changes("alter subscription feed set (slot_name = none); drop subscription feed"),
            Names{"-subscription feed"});
  EXPECT_EQ(changes("create function ddl() returns event_trigger language plpgsql as 'begin end';"
                    "create event trigger watch on ddl_command_end execute function ddl()"),
            (Names{"+function public.ddl()", "+event trigger watch"}));
  EXPECT_EQ(changes("alter event trigger watch disable"), Names{"~event trigger watch"});
}

TEST_F(Definitions, ShowForeignServersWithoutTheirSecrets) {
  EXPECT_EQ(
      changes("create foreign data wrapper w; create server far foreign data wrapper w;"
              "create foreign table outside (x int) server far"),
      (Names{"+foreign data wrapper w", "+server far", "+foreign table public.outside", "+column public.outside.x"}));
  EXPECT_EQ(changes("create user mapping for postgres server far options (password 'hidden')"),
            Names{"+user mapping postgres.far"});
  EXPECT_EQ(changes("alter user mapping for postgres server far options (set password 'hidden too')"),
            Names{"~user mapping postgres.far"});
  EXPECT_EQ(changes("alter role postgres set my.secret = 'hidden'"), Names{"+settings of role postgres"});
  EXPECT_EQ(changes("create role secretive password 'hidden'"), Names{"+role secretive"});
}

TEST_F(Definitions, HoldNoSecrets) {
  changes(
      "create foreign data wrapper w; create server far foreign data wrapper w options (password 'hidden');"
      "create user mapping for postgres server far options (password 'hidden');"
      "alter database holdnosecrets set my.secret = 'hidden'; create role holder password 'hidden'");
  for (const auto& [key, definition] : read_catalog(connection()).definitions) {
    EXPECT_THAT(definition, testing::Not(testing::AnyOf(testing::HasSubstr("hidden"), testing::HasSubstr("SCRAM"))))
        << key;
  }
}

TEST_F(Definitions, LeaveOutWhatAnExtensionOwns) {
  EXPECT_EQ(changes("create extension citext"), Names{"+extension citext"});
  EXPECT_EQ(changes("drop extension citext"), Names{"-extension citext"});
}

TEST_F(Definitions, KeepApartWhatSharesAName) {
  changes("create schema a; create schema \"a.b\"; create table a.\"b.c\" (x int); create table \"a.b\".c (x int)");
  EXPECT_EQ(changes("drop table \"a.b\".c"), (Names{"~table a.b.c", "~column a.b.c.x"}));
}

}  // namespace
}  // namespace pg
