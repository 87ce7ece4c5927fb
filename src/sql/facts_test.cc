#include "sql/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sql/condense.h"
#include "sql/nesting.h"

namespace sql {
namespace {

using testing::IsEmpty;

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::insert:
      return "insert";
    case Kind::update:
      return "update";
    case Kind::erase:
      return "delete";
    case Kind::merge:
      return "merge";
    case Kind::copy_from:
      return "copy";
    case Kind::truncate:
      return "truncate";
    case Kind::drop:
      return "drop";
    default:
      return "?";
  }
}

// "delete app.users, insert log": what the statement writes, in order.
std::string writes(std::string_view statement) {
  const Facts facts = analyse(statement);
  EXPECT_TRUE(facts.parsed) << statement;
  std::string text;
  for (const Write& write : facts.writes) {
    if (!text.empty()) text += ", ";
    text.append(name(write.kind)).append(" ");
    if (!write.table.schema.empty()) text.append(write.table.schema).append(".");
    text.append(write.table.name);
  }
  return text;
}

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result.append(text);
  return result;
}

TEST(Facts, NameTheTablesWritten) {
  EXPECT_EQ(writes("INSERT INTO app.users VALUES (1)"), "insert app.users");
  EXPECT_EQ(writes("UPDATE ONLY users AS u SET a = 1 FROM other"), "update users");
  EXPECT_EQ(writes("DELETE FROM \"We;ird\" USING other"), "delete We;ird");
  EXPECT_EQ(writes("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE"), "merge t");
  EXPECT_EQ(writes("COPY t (a) FROM stdin"), "copy t");
  EXPECT_EQ(writes("TRUNCATE a, b.c CASCADE"), "truncate a, truncate b.c");
  EXPECT_EQ(writes("DROP TABLE IF EXISTS a, b.c, d.e.f"), "drop a, drop b.c, drop e.f");
}

TEST(Facts, NameNoTablesWhereNoneIsWritten) {
  for (const char* statement :
       {"SELECT * FROM users FOR UPDATE", "COPY users TO stdout", "DROP VIEW v", "DROP SCHEMA s CASCADE",
        "CREATE TABLE a AS SELECT * FROM b", "SELECT * INTO a FROM b", "CREATE TABLE a (b int)", "DO $$DELETE$$",
        "MERGE INTO a USING b ON true WHEN MATCHED THEN DO NOTHING"}) {
    EXPECT_EQ(writes(statement), "") << statement;
  }
}

TEST(Facts, FindWritesInsideOthersInTheOrderOfTheText) {
  EXPECT_EQ(writes("WITH a AS (DELETE FROM x RETURNING *), b AS (UPDATE y SET c = 1) INSERT INTO z SELECT * FROM a"),
            "delete x, update y, insert z");
  EXPECT_EQ(writes("WITH a AS (WITH b AS (SELECT 1) INSERT INTO x SELECT 1 RETURNING 1) SELECT * FROM a"), "insert x");
  EXPECT_EQ(writes("COPY (DELETE FROM x RETURNING *) TO stdout"), "delete x");
  EXPECT_EQ(writes("CREATE TABLE n AS WITH a AS (DELETE FROM x RETURNING *) SELECT * FROM a"), "delete x");
}

TEST(Facts, LeaveOutWhatRunsLater) {
  EXPECT_EQ(writes("PREPARE p AS DELETE FROM users"), "");
  EXPECT_EQ(writes("CREATE RULE r AS ON DELETE TO a DO ALSO DELETE FROM b"), "");
  EXPECT_EQ(writes("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM a; END"), "");
  EXPECT_EQ(writes("EXPLAIN DELETE FROM a"), "");
  EXPECT_EQ(writes("EXPLAIN (ANALYZE off) DELETE FROM a"), "");
  EXPECT_EQ(writes("EXPLAIN (ANALYZE, ANALYZE false) DELETE FROM a"), "");
}

TEST(Facts, CountWhatExplainAnalyzeRuns) {
  for (const char* options : {"ANALYZE", "ANALYZE VERBOSE", "(ANALYZE)", "(ANALYZE 1, COSTS off)", "(analyze ON)"}) {
    EXPECT_EQ(writes(std::string("EXPLAIN ") + options + " DELETE FROM a"), "delete a") << options;
  }
}

TEST(Facts, TellUpserts) {
  const auto write = [](std::string_view statement) { return analyse(statement).writes.at(0); };
  EXPECT_TRUE(write("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1").upsert);
  EXPECT_TRUE(write("MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT VALUES (1) "
                    "WHEN MATCHED THEN UPDATE SET a = 1")
                  .upsert);
  EXPECT_FALSE(write("MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT VALUES (1)").upsert);
  EXPECT_FALSE(write("MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING "
                     "WHEN NOT MATCHED THEN INSERT VALUES (1)")
                   .upsert);
  EXPECT_TRUE(write("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING").skips_conflicts);
  EXPECT_FALSE(write("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING").upsert);
  EXPECT_FALSE(write("INSERT INTO t VALUES (1)").upsert || write("INSERT INTO t VALUES (1)").skips_conflicts);
}

TEST(Facts, TellTheKindOfTheOutermostStatement) {
  const auto kind = [](std::string_view statement) { return analyse(statement).kind; };
  EXPECT_EQ(kind("SELECT 1"), Kind::select);
  EXPECT_EQ(kind("VALUES (1)"), Kind::select);
  EXPECT_EQ(kind("(TABLE t)"), Kind::select);
  EXPECT_EQ(kind("SELECT 1 INTO t"), Kind::other);
  EXPECT_EQ(kind("WITH a AS (DELETE FROM x) INSERT INTO y VALUES (1)"), Kind::insert);
  EXPECT_EQ(kind("UPDATE t SET a = 1"), Kind::update);
  EXPECT_EQ(kind("DELETE FROM t"), Kind::erase);
  EXPECT_EQ(kind("COPY t FROM stdin"), Kind::copy_from);
  EXPECT_EQ(kind("COPY t TO stdout"), Kind::copy_to);
  EXPECT_EQ(kind("START TRANSACTION READ ONLY"), Kind::begin);
  EXPECT_EQ(kind("BEGIN"), Kind::begin);
  EXPECT_EQ(kind("END"), Kind::commit);
  EXPECT_EQ(kind("ABORT"), Kind::rollback);
  EXPECT_EQ(kind("ROLLBACK TO SAVEPOINT s"), Kind::other);
  EXPECT_EQ(kind("COMMIT PREPARED 'x'"), Kind::other);
  EXPECT_EQ(kind("EXPLAIN ANALYZE DELETE FROM t"), Kind::other);
}

TEST(Facts, CallOpaqueWhatMayWriteAnything) {
  for (const char* statement :
       {"DO $$BEGIN END$$", "CALL p()", "EXECUTE p(1)", "FETCH c", "SELECT clean_up()", "SELECT app.count(1)",
        "SELECT * FROM clean_up(1)", "VALUES (f())", "CREATE TABLE a AS SELECT f()", "CREATE TABLE a AS EXECUTE p",
        "EXPLAIN ANALYZE SELECT f()", "EXPLAIN ANALYZE EXECUTE p", "COPY (SELECT f()) TO stdout"}) {
    EXPECT_TRUE(analyse(statement).opaque) << statement;
  }
}

TEST(Facts, CallNothingElseOpaque) {
  for (const char* statement :
       {"SELECT count(*), pg_catalog.now() FROM t", "SELECT extract(year FROM a), coalesce(a, b), trim(c) FROM t",
        "SELECT setval('s', 1)", "DELETE FROM t WHERE a < f(1)", "INSERT INTO t VALUES (f())", "EXPLAIN SELECT f()",
        "EXPLAIN ANALYZE DELETE FROM t WHERE f()", "CREATE TABLE t (a int DEFAULT f())", "PREPARE p AS SELECT f()",
        "CREATE VIEW v AS SELECT f()", "SELECT 1 AT TIME ZONE 'x'", "BEGIN"}) {
    EXPECT_FALSE(analyse(statement).opaque) << statement;
  }
}

TEST(Facts, SeeSequencesSet) {
  for (const char* statement : {"SELECT setval('s', 1)", "SELECT pg_catalog.setval('s', (SELECT max(id) FROM t))",
                                "INSERT INTO t VALUES (setval('s', 1))", "ALTER SEQUENCE s RESTART WITH 5",
                                "ALTER TABLE t ALTER COLUMN a RESTART", "TRUNCATE t RESTART IDENTITY",
                                "DO $$BEGIN PERFORM setval('s', 1); END$$"}) {
    EXPECT_TRUE(analyse(statement).sets_sequence()) << statement;
  }
  for (const char* statement : {"SELECT nextval('s')", "SELECT 'setval(1)'", "ALTER SEQUENCE s INCREMENT 2",
                                "TRUNCATE t", "DO $$BEGIN RAISE '%', 'setval'; END$$", "SELECT app.setval()"}) {
    EXPECT_FALSE(analyse(statement).sets_sequence()) << statement;
  }
}

TEST(Facts, NameTheSequencesThatAreSet) {
  const auto named = [](const char* statement) {
    const Facts facts = analyse(statement);
    std::string names = facts.sets_unnamed_sequence ? "others" : "";
    for (const TableName& name : facts.set_sequences) {
      names += (names.empty() ? "" : " ") + name.schema + "." + name.name;
    }
    return names;
  };
  EXPECT_EQ(named("SELECT setval('S', 1), setval('app.\"S\"'::text::regclass, (SELECT max(id) FROM t))"), ".s app.S");
  EXPECT_EQ(named("ALTER SEQUENCE app.s RESTART WITH 5"), "app.s");
  EXPECT_EQ(named("ALTER SEQUENCE app.s INCREMENT 2 OWNED BY t.id"), "");
  for (const char* statement :
       {"SELECT setval(pg_get_serial_sequence('t', 'id'), 1)", "SELECT setval($1, $2)", "SELECT setval(16384, 1)",
        "SELECT setval('16384', 1)", "ALTER TABLE t ALTER COLUMN a RESTART", "TRUNCATE t RESTART IDENTITY",
        "DO $$BEGIN PERFORM setval('s', 1); END$$"}) {
    EXPECT_EQ(named(statement), "others") << statement;
  }
}

TEST(Facts, SeeCopiesFromTheInputOfTheScript) {
  EXPECT_TRUE(analyse("COPY t FROM stdin").copies_from_stdin);
  EXPECT_FALSE(analyse("COPY t FROM '/f'").copies_from_stdin);
  EXPECT_FALSE(analyse("COPY t FROM PROGRAM 'p'").copies_from_stdin);
  EXPECT_FALSE(analyse("COPY t TO stdout").copies_from_stdin);
}

TEST(Facts, MatchTablesWithAndWithoutSchema) {
  const Facts facts = analyse("WITH a AS (DELETE FROM app.users) INSERT INTO log VALUES (1)");
  EXPECT_TRUE(facts.writes_table("app", "users"));
  EXPECT_TRUE(facts.writes_table("", "users"));
  EXPECT_FALSE(facts.writes_table("public", "users"));
  EXPECT_TRUE(facts.writes_table("anything", "log"));
  EXPECT_FALSE(facts.writes_table("", "other"));
}

TEST(Facts, SayLittleOfWhatDoesNotParse) {
  const Facts facts = analyse("DELETE FROM users WERE id = 1");
  EXPECT_FALSE(facts.parsed);
  EXPECT_EQ(facts.kind, Kind::erase);
  EXPECT_THAT(facts.writes, IsEmpty());
  EXPECT_EQ(analyse("/* x */ MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE RETURNING *").kind, Kind::merge);
  EXPECT_EQ(analyse("FROBNICATE").kind, Kind::other);
  EXPECT_EQ(analyse("").kind, Kind::other);
}

TEST(Facts, ReadLongListsOfConstants) {
  const std::string rows =
      "INSERT INTO app.t (a, b) VALUES (1, 'x')" + repeated(", (-2.5, E'it''s'), (NULL, $$;$$)", 1'000'000);
  const Facts upsert = analyse(rows + " ON CONFLICT (a) DO UPDATE SET b = 'y'");
  ASSERT_TRUE(upsert.parsed);
  EXPECT_TRUE(upsert.writes.at(0).upsert);
  EXPECT_EQ(upsert.writes.at(0).table, (TableName{"app", "t"}));
  EXPECT_EQ(writes("DELETE FROM users WHERE id IN (1" + repeated(", 1234567", 500'000) + ")"), "delete users");
  EXPECT_TRUE(analyse(rows + ", (1, setval('s', 1))" + repeated(", (1, 2)", 100)).sets_sequence());
}

TEST(Facts, GiveUpOnMegabytesThatAreNoConstants) {
  const Facts facts = analyse("DELETE FROM t WHERE a IN (b" + repeated(", column_name", 200'000) + ")");
  EXPECT_FALSE(facts.parsed);
  EXPECT_EQ(facts.kind, Kind::erase);
}

TEST(Facts, SurviveAnyNesting) {
  for (const int times : {100, 290, 1'000, 3'000, 5'000, 10'000, 100'000}) {
    analyse("SELECT " + repeated("(", times) + "1" + repeated(")", times));
    analyse("SELECT " + repeated("(SELECT ", times) + "1" + repeated(")", times));
    analyse("SELECT 1" + repeated("+1", times));
    analyse("SELECT 1" + repeated("::int", times));
    analyse("SELECT " + repeated("NOT ", times) + "true");
    analyse("SELECT " + repeated("- ", times) + "1");
    analyse("SELECT a" + repeated("[1]", times));
    analyse("SELECT " + repeated("ARRAY[", times) + "1" + repeated("]", times));
    analyse("SELECT 1, 2" + repeated(" UNION SELECT 1, 2", times));
    analyse("SELECT 1 FROM a" + repeated(" JOIN b ON c AND d", times));
    analyse("SELECT " + repeated("CASE WHEN a AND b THEN ", times) + "1" + repeated(" END", times));
    analyse("SELECT a" + repeated(" BETWEEN 1 AND 2 IS NULL", times));
    analyse("SELECT " + repeated("f(1, ", times) + "1" + repeated(")", times));
    analyse(repeated("EXPLAIN ", times) + "SELECT 1");
    analyse("WITH a AS (" + repeated("WITH a AS (", times) + "SELECT 1" + repeated(") SELECT 1", times) + ") SELECT 1");
  }
}

TEST(Facts, ReadNestingOfAThousandLevels) {
  EXPECT_TRUE(analyse("SELECT 1" + repeated("+1", 1'000)).parsed);
  EXPECT_TRUE(analyse("SELECT 1" + repeated(" UNION SELECT 1, 2", 500)).parsed);
}

TEST(NestingBound, IsSmallForFlatText) {
  EXPECT_LT(nesting_bound("INSERT INTO t VALUES (1, 2)" + repeated(", (3, 4)", 10'000)), 100U);
  EXPECT_LT(nesting_bound("DELETE FROM t WHERE a = 1" + repeated(" OR a = 2 AND b = 3", 10'000)), 100U);
  EXPECT_LT(nesting_bound("SELECT a" + repeated(", b", 10'000) + " FROM t"), 100U);
  EXPECT_LT(nesting_bound("DO $$" + repeated("((((", 10'000) + "$$"), 100U);
}

TEST(NestingBound, GrowsWithEveryChain) {
  EXPECT_GE(nesting_bound("SELECT 1" + repeated("+1", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT (1" + repeated("+1", 1'000) + ") + 1"), 1'000U);
  EXPECT_GE(nesting_bound("SELECT 1, 2" + repeated(" UNION SELECT 1, 2", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT 1 FROM a" + repeated(" JOIN b ON c AND d", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT " + repeated("CASE WHEN a AND b THEN ", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT a" + repeated(" BETWEEN 1 AND 2 IS NULL", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT " + repeated("(", 1'000)), 1'000U);
  EXPECT_GE(nesting_bound("SELECT a" + repeated("[1]", 1'000)), 1'000U);
  EXPECT_EQ(nesting_bound("))]"), 0U);
}

TEST(Condense, KeepsTheFirstItemsAndEverythingThatIsNoConstant) {
  const std::string constants = repeated(", 5", 100);
  EXPECT_EQ(condense("SELECT f(1" + constants + ", g(2)" + constants + ", x)"),
            "SELECT f(1" + repeated(", 5", 15) + ", g(2), x)");
  EXPECT_EQ(condense("SELECT ARRAY[1" + constants + "], a"), "SELECT ARRAY[1" + repeated(", 5", 15) + ", 5], a");
}

TEST(Condense, LeavesShortTextAsItIs) {
  const std::string statement = "INSERT INTO t (a, \"b\") VALUES (1, U&'x'), ($1, E'a'\n'b') -- end\n RETURNING b";
  EXPECT_EQ(condense(statement), statement);
}

}  // namespace
}  // namespace sql
