#include "capture/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"
#include "pg/test_server.h"

namespace capture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PrepareTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<pg::TestServer>(pg::TestServer::Settings{{"wal_level", "logical"}});
    server_->connect().script("CREATE ROLE app LOGIN");
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    database_ = "fresh_" + std::to_string(++databases_);
    server_->connect().script("CREATE DATABASE " + database_);
    session_.emplace(server_->connect(database_));
    session_->script("GRANT ALL ON DATABASE " + database_ + " TO app; GRANT ALL ON SCHEMA public TO app");
  }

  pg::Connection& session() { return *session_; }
  void prepare_fresh() { prepare(*session_); }
  // "identity persistence" of a table.
  std::string state_of(const std::string& table) {
    return session_
        ->one_value("SELECT relreplident::text || ' ' || relpersistence::text FROM pg_class WHERE oid = $1::regclass",
                    {table})
        .value();
  }
  void expect_runs(pg::Connection& connection, const std::string& sql) {
    const auto outcome = connection.run_statement(sql, {});
    EXPECT_TRUE(outcome.ok) << sql << ": " << outcome.message << "\n" << outcome.detail;
  }

  static std::unique_ptr<pg::TestServer> server_;
  static inline int databases_ = 0;
  std::string database_;
  std::optional<pg::Connection> session_;
};
std::unique_ptr<pg::TestServer> PrepareTest::server_;

TEST_F(PrepareTest, GivesEveryTableFullIdentity) {
  session().script(
      "CREATE TABLE plain (id int PRIMARY KEY); CREATE TABLE by_index (id int NOT NULL UNIQUE);"
      "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key;"
      "CREATE TABLE nothing (id int); ALTER TABLE nothing REPLICA IDENTITY NOTHING;"
      "CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE leaf PARTITION OF parts DEFAULT;"
      "CREATE SCHEMA \"Other Schema\"; CREATE TABLE \"Other Schema\".\"Täble\" (id int)");
  prepare_fresh();
  for (const auto* table : {"plain", "by_index", "nothing", "parts", "leaf", R"("Other Schema"."Täble")"}) {
    EXPECT_EQ(state_of(table), "f p") << table;
  }
  EXPECT_EQ(session().one_value("SELECT puballtables FROM pg_publication WHERE pubname = 'pgrehearse'"), "t");
  expect_runs(session(), "UPDATE nothing SET id = 1");
}

TEST_F(PrepareTest, MakesUnloggedTablesLoggedInAnOrderThatTheirForeignKeysAllow) {
  session().script(
      "CREATE UNLOGGED TABLE child (id int PRIMARY KEY, up int);"
      "CREATE UNLOGGED TABLE parent (id int PRIMARY KEY, self int REFERENCES parent);"
      "CREATE UNLOGGED TABLE top (id serial PRIMARY KEY);"
      "ALTER TABLE child ADD FOREIGN KEY (up) REFERENCES parent;"
      "ALTER TABLE parent ADD FOREIGN KEY (self) REFERENCES top;"
      "INSERT INTO top DEFAULT VALUES; INSERT INTO parent VALUES (1, NULL); INSERT INTO child VALUES (1, 1)");
  prepare_fresh();
  for (const auto* table : {"child", "parent", "top"}) EXPECT_EQ(state_of(table), "f p") << table;
  EXPECT_EQ(session().one_value("SELECT count(*) FROM child"), "1");
}

TEST_F(PrepareTest, CanBeDoneTwice) {
  prepare_fresh();
  prepare_fresh();
  EXPECT_EQ(session().one_value("SELECT count(*) FROM pg_event_trigger WHERE evtenabled = 'A'"), "3");
}

TEST_F(PrepareTest, ReachesEveryWayOfMakingATableByAnOrdinaryRole) {
  prepare_fresh();
  auto app = server_->connect(database_, "app");
  expect_runs(app, "CREATE TABLE plain (id serial PRIMARY KEY)");
  expect_runs(app, "CREATE TABLE from_query AS SELECT 1 AS id");
  expect_runs(app, "SELECT 1 AS id INTO into_table");
  expect_runs(app, "CREATE TABLE parts (id int) PARTITION BY RANGE (id)");
  expect_runs(app, "CREATE TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)");
  expect_runs(app, "CREATE UNLOGGED TABLE loose (id int)");
  expect_runs(app, "CREATE SCHEMA extra CREATE TABLE one (id int) CREATE UNLOGGED TABLE two (id int)");
  expect_runs(
      app, "DO $$ BEGIN CREATE TABLE in_block (id int); INSERT INTO in_block VALUES (1); DELETE FROM in_block; END $$");
  expect_runs(app, "CREATE FUNCTION make() RETURNS void LANGUAGE sql AS 'CREATE TABLE in_function (id int)'");
  expect_runs(app, "SELECT make()");
  for (const auto* table : {"plain", "from_query", "into_table", "parts", "leaf", "loose", "extra.one", "extra.two",
                            "in_block", "in_function"}) {
    EXPECT_EQ(state_of(table), "f p") << table;
    expect_runs(app, std::string("DELETE FROM ") + table);
  }
  EXPECT_EQ(state_of("plain"), "f p");
  expect_runs(app, "CREATE TEMP TABLE passing (id int)");
  expect_runs(app, "DROP TABLE passing, loose");
}

TEST_F(PrepareTest, TakesBackWhatAScriptSwitchesOff) {
  session().script("CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1)");
  prepare_fresh();
  session().script("ALTER TABLE kept REPLICA IDENTITY DEFAULT");
  EXPECT_EQ(state_of("kept"), "f p");
  session().script("ALTER TABLE kept SET UNLOGGED");
  EXPECT_EQ(state_of("kept"), "f p");
  EXPECT_EQ(session().one_value("SELECT count(*) FROM kept"), "1");
}

TEST_F(PrepareTest, WorksUnderWhateverTheScriptSets) {
  prepare_fresh();
  session().script(
      "CREATE SCHEMA evil; CREATE FUNCTION evil.format(text, anyelement) RETURNS text LANGUAGE sql AS $$ select "
      "1/0 $$");
  for (const auto* setting :
       {"session_replication_role = replica", "search_path = evil, pg_catalog", "search_path = ''",
        "default_transaction_isolation = serializable", "row_security = off"}) {
    auto script = server_->connect(database_);
    expect_runs(script, std::string("SET ") + setting);
    expect_runs(script, "CREATE UNLOGGED TABLE public.made (id int)");
    EXPECT_EQ(state_of("made"), "f p") << setting;
    expect_runs(script, "DROP TABLE public.made");
  }
}

TEST_F(PrepareTest, LeavesWhatAScriptSeesOfItsSessionAlone) {
  session().script("CREATE SEQUENCE numbers");
  prepare_fresh();
  session().script("SELECT nextval('numbers')");
  const auto lastval = session().one_value("SELECT lastval()");
  expect_runs(session(), "BEGIN");
  expect_runs(session(), "CREATE UNLOGGED TABLE made AS SELECT 1 AS id");
  EXPECT_EQ(session().one_value("SELECT lastval()"), lastval);
  EXPECT_EQ(session().one_value("SHOW allow_system_table_mods"), "off");
  EXPECT_EQ(session().one_value("SHOW session_replication_role"), "origin");
  expect_runs(session(), "ROLLBACK");
}

TEST_F(PrepareTest, IsNotSeenByTheDatabasesOwnEventTriggers) {
  session().script(
      "CREATE TABLE log (tag text);"
      "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS"
      " $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;"
      "CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note()");
  prepare_fresh();
  EXPECT_EQ(session().one_value("SELECT count(*) FROM log"), "0");
  session().script("CREATE UNLOGGED TABLE made (id int)");
  EXPECT_EQ(session().one_value("SELECT string_agg(tag, ',') FROM log"), "CREATE TABLE");
}

TEST_F(PrepareTest, LeavesNothingHalfDone) {
  auto app = server_->connect(database_, "app");
  EXPECT_THROW(prepare(app), base::Error);
  EXPECT_FALSE(app.in_transaction());
  EXPECT_EQ(session().one_value("SELECT count(*) FROM pg_publication"), "0");
}

TEST_F(PrepareTest, SeesThatLargeObjectsWereWrittenAndNothingElse) {
  prepare_fresh();
  Unseen before = unseen_baseline(session());
  server_->connect(database_, "app").script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  EXPECT_THAT(unseen_since(session(), before), IsEmpty());

  before = unseen_baseline(session());
  server_->connect(database_, "app").script("SELECT lo_from_bytea(0, 'written')");
  EXPECT_THAT(unseen_since(session(), before), ElementsAre(HasSubstr("arge objects")));
}

}  // namespace
}  // namespace capture
