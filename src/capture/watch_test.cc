#include "capture/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/error.h"
#include "capture/prepare.h"
#include "changeset/tuple.h"
#include "pg/test_server.h"

namespace capture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const KeyLookup kNoKeys = [](std::uint32_t, const std::vector<std::string>&) { return std::vector<std::string>(); };

std::string shown(std::string_view tuple) {
  std::string text = "(";
  for (const changeset::Value& value : changeset::values_of(tuple)) {
    if (text.size() > 1) text += ",";
    text += value ? std::string(*value) : "null";
  }
  return text + ")";
}

std::string shown(const Event& event) {
  if (const auto* row = std::get_if<RowEvent>(&event)) {
    std::string text = static_cast<char>(row->op) + std::string(" ") + row->relation->qualified();
    if (row->op != changeset::Op::insert) text += " " + shown(row->before);
    if (row->op != changeset::Op::erase) text += " " + shown(row->after);
    return text;
  }
  if (const auto* truncate = std::get_if<TruncateEvent>(&event)) {
    std::vector<std::string> names;
    for (const auto* relation : truncate->relations) names.push_back(relation->qualified());
    std::sort(names.begin(), names.end());
    std::string text = "T";
    for (const std::string& name : names) text += " " + name;
    return text + (truncate->cascade ? " cascade" : "") + (truncate->restart_identity ? " restart" : "");
  }
  return std::get<NoteEvent>(event).what + " " + std::get<NoteEvent>(event).subject;
}

class WatchTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<pg::TestServer>(
        pg::TestServer::Settings{{"wal_level", "logical"}, {"max_replication_slots", "64"}});
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    database_ = "fresh_" + std::to_string(++databases_);
    server_->connect().script("CREATE DATABASE " + database_);
    session_.emplace(server_->connect(database_));
  }

  // Prepares the database with what `sql` makes in it, and watches it from there.
  void begin(const std::string& sql) {
    session_->script(sql);
    prepare(*session_);
    watch_.emplace(Watch::begin(server_->parameters(database_)));
  }
  void run(const std::string& sql) { session_->script(sql); }
  std::vector<std::string> drained(const KeyLookup& keys = kNoKeys) {
    std::vector<std::string> events;
    watch_->drain(keys, [&](const Event& event) { events.push_back(shown(event)); });
    return events;
  }
  std::string oid_of(const std::string& table) {
    return session_->one_value("SELECT $1::regclass::oid", {table}).value();
  }

  static std::unique_ptr<pg::TestServer> server_;
  static inline int databases_ = 0;
  std::string database_;
  std::optional<pg::Connection> session_;
  std::optional<Watch> watch_;
};
std::unique_ptr<pg::TestServer> WatchTest::server_;

TEST_F(WatchTest, ShowsRowsBeforeAndAfter) {
  begin("CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'old')");
  run("INSERT INTO t VALUES (2, NULL)");
  run("UPDATE t SET note = 'new'");
  run("DELETE FROM t WHERE id = 1");
  EXPECT_THAT(drained(), ElementsAre("I public.t (2,null)", "U public.t (1,old) (1,new)", "U public.t (2,null) (2,new)",
                                     "D public.t (1,new)"));
  EXPECT_THAT(drained(), IsEmpty());
  run("DELETE FROM t");
  EXPECT_THAT(drained(), ElementsAre("D public.t (2,new)"));
}

TEST_F(WatchTest, ShowsOnlyWhatWasCommitted) {
  begin("CREATE TABLE t (id int)");
  run("BEGIN; INSERT INTO t VALUES (1); ROLLBACK");
  run("BEGIN; SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; INSERT INTO t VALUES (3); COMMIT");
  run("BEGIN");
  run("INSERT INTO t VALUES (4)");
  EXPECT_THAT(drained(), ElementsAre("I public.t (3)"));
  run("COMMIT");
  EXPECT_THAT(drained(), ElementsAre("I public.t (4)"));
}

TEST_F(WatchTest, SeesCommitsThatDidNotWaitForTheirFlush) {
  begin("CREATE TABLE t (id int)");
  run("SET synchronous_commit = off");
  run("INSERT INTO t VALUES (1)");
  EXPECT_THAT(drained(), ElementsAre("I public.t (1)"));
}

TEST_F(WatchTest, PlacesEveryChangeBehindThePositionThatWasAskedForBeforeIt) {
  begin(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE d (id int REFERENCES t ON DELETE CASCADE);"
      "INSERT INTO t SELECT generate_series(1, 3); INSERT INTO d SELECT generate_series(1, 3)");
  std::vector<base::Lsn> positions;
  const auto statement = [&](const std::string& sql) {
    positions.push_back(watch_->position());
    run(sql);
  };
  run("BEGIN");
  statement("DELETE FROM t WHERE id = 1");
  statement("INSERT INTO t VALUES (9)");
  statement("DELETE FROM t WHERE id = 2");
  run("COMMIT");
  statement("TRUNCATE d");
  std::vector<std::string> attributed;
  watch_->drain(kNoKeys, [&](const Event& event) {
    const base::Lsn lsn = std::visit([](const auto& it) { return it.lsn; }, event);
    const auto number = std::upper_bound(positions.begin(), positions.end(), lsn) - positions.begin();
    attributed.push_back(std::to_string(number) + " " + shown(event));
  });
  EXPECT_THAT(attributed, ElementsAre("1 D public.t (1)", "1 D public.d (1)", "2 I public.t (9)", "3 D public.t (2)",
                                      "3 D public.d (2)", "4 T public.d"));
}

TEST_F(WatchTest, FillsInValuesThatAnUpdateLeftAlone) {
  begin(
      "CREATE TABLE t (id int, big text); ALTER TABLE t ALTER big SET STORAGE EXTERNAL;"
      "INSERT INTO t VALUES (1, repeat('x', 10000))");
  run("UPDATE t SET id = 2");
  const std::string big(10000, 'x');
  EXPECT_THAT(drained(), ElementsAre("U public.t (1," + big + ") (2," + big + ")"));
}

TEST_F(WatchTest, SpellsValuesTheSameWhateverTheDatabaseSays) {
  for (const auto* setting : {"DateStyle = 'German'", "TimeZone = 'Asia/Tokyo'", "bytea_output = 'escape'",
                              "IntervalStyle = 'iso_8601'", "extra_float_digits = 0"}) {
    run("ALTER DATABASE " + database_ + " SET " + setting);
  }
  begin("CREATE TABLE t (at timestamptz, d date, i interval, f float8, b bytea)");
  run("INSERT INTO t VALUES ('2026-05-11 03:00:00+00', '2026-05-11', '1 day 02:00', 0.1::float8 + 0.2::float8, "
      "'\\x00ff')");
  EXPECT_THAT(drained(),
              ElementsAre("I public.t (2026-05-11 03:00:00+00,2026-05-11,1 day 02:00:00,0.30000000000000004,\\x00ff)"));
}

TEST_F(WatchTest, NamesColumnsTypesAndKeys) {
  begin(
      "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('fine');"
      "CREATE TABLE app.t (id bigint PRIMARY KEY, how app.mood, ts timestamptz(3)[])");
  run("INSERT INTO app.t VALUES (1, 'fine', NULL)");
  watch_->drain([](std::uint32_t, const auto& columns) { return std::vector{columns[0]}; },
                [&](const Event& event) {
                  const auto& relation = *std::get<RowEvent>(event).relation;
                  EXPECT_EQ(relation.qualified(), "app.t");
                  EXPECT_EQ(relation.oid, std::stoul(oid_of("app.t")));
                  EXPECT_THAT(relation.key, ElementsAre(0));
                  EXPECT_THAT(relation.columns,
                              ElementsAre(changeset::Column{"id", "bigint"}, changeset::Column{"how", "app.mood"},
                                          changeset::Column{"ts", "timestamp with time zone[]"}));
                });
}

TEST_F(WatchTest, NamesATypeThatIsGoneByNow) {
  begin("");
  run("CREATE TYPE mood AS ENUM ('fine'); CREATE TABLE t (how mood)");
  run("INSERT INTO t VALUES ('fine')");
  run("DROP TABLE t; DROP TYPE mood");
  std::vector<std::string> types;
  watch_->drain(kNoKeys, [&](const Event& event) {
    if (const auto* row = std::get_if<RowEvent>(&event)) types.push_back(row->relation->columns[0].type);
  });
  EXPECT_THAT(types, ElementsAre("public.mood"));
}

TEST_F(WatchTest, GivesARelationANewVersionOnlyWhenItChanged) {
  begin("CREATE TABLE t (id int); CREATE TABLE u (id int)");
  run("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)");
  run("COMMENT ON TABLE t IS 'invalidates caches'; CREATE INDEX ON t (id)");
  run("INSERT INTO t VALUES (2)");
  run("ALTER TABLE t ADD COLUMN extra text");
  run("INSERT INTO t VALUES (3, 'x')");
  std::vector<std::uint64_t> versions;
  std::map<std::uint64_t, const changeset::Relation*> objects;
  watch_->drain(kNoKeys, [&](const Event& event) {
    const auto& row = std::get<RowEvent>(event);
    versions.push_back(row.relation_version);
    EXPECT_EQ(objects.emplace(row.relation_version, row.relation).first->second, row.relation);
  });
  ASSERT_EQ(versions.size(), 4U);
  EXPECT_NE(versions[0], versions[1]);
  EXPECT_EQ(versions[0], versions[2]);
  EXPECT_NE(versions[0], versions[3]);
}

TEST_F(WatchTest, ShowsWhatTruncateNames) {
  begin(
      "CREATE TABLE t (id serial PRIMARY KEY); CREATE TABLE d (id int REFERENCES t);"
      "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)");
  run("TRUNCATE t RESTART IDENTITY CASCADE");
  run("TRUNCATE p");
  EXPECT_THAT(drained(), ElementsAre("T public.d public.t cascade restart", "T public.p1"));
}

TEST_F(WatchTest, ShowsAMoveBetweenPartitionsOnTheirLeaves) {
  begin(
      "CREATE TABLE p (id int, v int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
      "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); INSERT INTO p VALUES (1, 7)");
  run("UPDATE p SET id = 2");
  EXPECT_THAT(drained(), ElementsAre("D public.p1 (1,7)", "I public.p2 (2,7)"));
}

TEST_F(WatchTest, ShowsRowsOfTablesWithoutKeysOrColumnsOrWithGeneratedOnes) {
  begin(
      "CREATE TABLE bare (v int); INSERT INTO bare VALUES (1), (1); CREATE TABLE no_columns (); INSERT INTO no_columns"
      " DEFAULT VALUES; CREATE TABLE made (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);"
      "INSERT INTO made VALUES (1)");
  run("DELETE FROM bare");
  run("DELETE FROM no_columns");
  EXPECT_THAT(drained(), ElementsAre("D public.bare (1)", "D public.bare (1)", "D public.no_columns ()"));
  run("UPDATE made SET a = 2");
  // From PostgreSQL 18 on the stream carries stored generated columns.
  EXPECT_THAT(drained(), ElementsAre(testing::AnyOf("U public.made (1) (2)", "U public.made (1,2) (2,4)")));
}

TEST_F(WatchTest, FollowsTablesThatTheScriptMakesAndDrops) {
  begin("CREATE TABLE kept (id int)");
  const std::string kept = oid_of("kept");
  run("BEGIN; CREATE TABLE t AS SELECT 1 AS id; UPDATE t SET id = 2; DELETE FROM t; DROP TABLE kept; COMMIT");
  EXPECT_THAT(drained(), ElementsAre("I public.t (1)", "U public.t (1) (2)", "D public.t (2)", "drop " + kept));
  run("CREATE TEMP TABLE passing (id int); DROP TABLE passing; CREATE VIEW v AS SELECT 1; DROP VIEW v");
  EXPECT_THAT(drained(), IsEmpty());
}

TEST_F(WatchTest, ReportsWhatTheStreamDoesNotCarry) {
  begin(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);"
      "CREATE MATERIALIZED VIEW \"My View\" AS SELECT 1");
  run("REFRESH MATERIALIZED VIEW \"My View\"");
  run("ALTER TABLE t ALTER id TYPE bigint");
  run("ALTER TABLE t ADD COLUMN r float8 DEFAULT random()");
  run("ALTER TABLE t ADD COLUMN cheap int DEFAULT 1");
  const std::string t = oid_of("t");
  EXPECT_THAT(drained(), ElementsAre("refresh public.My View", "rewrite " + t, "rewrite " + t));

  run("CREATE UNLOGGED TABLE filled AS SELECT 1 AS id");
  run("CREATE UNLOGGED TABLE empty (id int)");
  run("SELECT 1 AS id INTO UNLOGGED into_filled");
  run("CREATE UNLOGGED TABLE nothing AS SELECT 1 AS id WHERE false");
  EXPECT_THAT(drained(), ElementsAre("filled " + oid_of("filled"), "filled " + oid_of("into_filled")));

  run("ALTER TABLE t SET UNLOGGED");
  run("INSERT INTO empty VALUES (5)");
  EXPECT_THAT(drained(), ElementsAre("rewrite " + t, "I public.empty (5)"));
}

// A sender that nobody reads from would hold its snapshot, for which such an index waits.
TEST_F(WatchTest, LetsIndexesBeBuiltConcurrentlyBehindManyRows) {
  begin("CREATE TABLE t (id int, note text)");
  run("INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g");
  run("SET statement_timeout = '20s'");
  run("CREATE INDEX CONCURRENTLY ON t (id)");
  EXPECT_EQ(drained().size(), 20000U);
}

// A sender reads the catalogs anew after a VACUUM, and keeps the snapshot for that until it has sent what it is about.
TEST_F(WatchTest, LetsThemBeBuiltBehindMoreRowsOnceItRests) {
  begin("CREATE TABLE t (id int, note text)");
  EXPECT_THAT(drained(), IsEmpty());
  run("SET statement_timeout = '20s'");
  for (int round = 1; round <= 2; ++round) {
    run("VACUUM");
    run("INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g");
    run("SELECT pg_sleep(1)");
    watch_->rest();
    run("CREATE INDEX CONCURRENTLY ON t (id)");
    run("INSERT INTO t VALUES (0, 'last')");
    EXPECT_EQ(drained().size(), 20001U) << round;
  }
}

TEST_F(WatchTest, LeavesOutItsOwnSchemaAndForeignMessages) {
  begin("");
  run("CREATE TABLE pgrehearse.t (id int); INSERT INTO pgrehearse.t VALUES (1); TRUNCATE pgrehearse.t");
  run("SELECT pg_logical_emit_message(true, 'other', 'rewrite 1')");
  run("SELECT pg_logical_emit_message(false, 'pgrehearse', 'rewrite 1')");
  EXPECT_THAT(drained(), IsEmpty());
}

TEST_F(WatchTest, ShowsRowsOfUpsertsMergesAndTriggers) {
  begin(
      "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE log (line text); INSERT INTO t VALUES (1, 1);"
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN INSERT INTO log VALUES (tg_op); RETURN NULL; END $$;"
      "CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()");
  run("INSERT INTO t VALUES (1, 5), (2, 5) ON CONFLICT (id) DO UPDATE SET v = excluded.v");
  EXPECT_THAT(drained(), ElementsAre("U public.t (1,1) (1,5)", "I public.t (2,5)", "I public.log (UPDATE)",
                                     "I public.log (INSERT)"));
  run("MERGE INTO t USING (VALUES (1), (3)) s (id) ON t.id = s.id WHEN MATCHED THEN DELETE"
      " WHEN NOT MATCHED THEN INSERT VALUES (s.id, 0)");
  EXPECT_THAT(drained(), ElementsAre("D public.t (1,5)", "I public.t (3,0)", "I public.log (INSERT)"));
}

TEST_F(WatchTest, SaysWhichTableHidWhatItsRowsWere) {
  begin("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1)");
  run("ALTER EVENT TRIGGER pgrehearse_after_ddl DISABLE; ALTER TABLE t REPLICA IDENTITY DEFAULT");
  run("DELETE FROM t");
  try {
    drained();
    ADD_FAILURE();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::internal);
    EXPECT_THAT(error.message(), HasSubstr("public.t"));
  }
}

TEST_F(WatchTest, CannotBeginOnAServerWithoutLogicalDecoding) {
  const pg::TestServer other;
  auto superuser = other.connect();
  prepare(superuser);
  try {
    Watch::begin(other.parameters());
    ADD_FAILURE();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("wal_level"));
  }
}

}  // namespace
}  // namespace capture
