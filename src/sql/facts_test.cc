#include "sql/facts.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sql {

void PrintTo(const TableName& table, std::ostream* out) {
  *out << table.schema << '.' << table.name;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Named {
  Kind kind;
  TableName table;
  friend bool operator==(const Named&, const Named&) = default;
};

void PrintTo(const Named& named, std::ostream* out) {
  *out << static_cast<int>(named.kind) << ' ' << named.table.schema << '.' << named.table.name;
}

std::vector<Named> writes(std::string_view statement) {
  const Facts facts = analyse(statement);
  EXPECT_TRUE(facts.parsed) << statement;
  std::vector<Named> result;
  for (const Write& write : facts.writes) result.push_back({write.kind, write.table});
  return result;
}

TEST(Writes, NameTheTableOfEachKind) {
  EXPECT_THAT(writes("INSERT INTO t VALUES (1)"), ElementsAre(Named{Kind::insert, {"", "t"}}));
  EXPECT_THAT(writes("UPDATE s.t SET a = 1"), ElementsAre(Named{Kind::update, {"s", "t"}}));
  EXPECT_THAT(writes("DELETE FROM ONLY t USING u WHERE t.a = u.a"), ElementsAre(Named{Kind::erase, {"", "t"}}));
  EXPECT_THAT(writes("COPY t FROM STDIN"), ElementsAre(Named{Kind::copy_from, {"", "t"}}));
  EXPECT_THAT(writes("TRUNCATE a, s.b CASCADE"),
              ElementsAre(Named{Kind::truncate, {"", "a"}}, Named{Kind::truncate, {"s", "b"}}));
  EXPECT_THAT(writes("DROP TABLE IF EXISTS a, s.b, d.s.c"),
              ElementsAre(Named{Kind::drop, {"", "a"}}, Named{Kind::drop, {"s", "b"}}, Named{Kind::drop, {"s", "c"}}));
  EXPECT_THAT(writes("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE"),
              ElementsAre(Named{Kind::merge, {"", "t"}}));
}

TEST(Writes, KeepQuotedNamesAndFoldOthers) {
  EXPECT_THAT(writes("DELETE FROM \"My \"\"T\"\"\".\"Ünïcode\""),
              ElementsAre(Named{Kind::erase, {"My \"T\"", "Ünïcode"}}));
  EXPECT_THAT(writes("DELETE FROM S.Users"), ElementsAre(Named{Kind::erase, {"s", "users"}}));
}

TEST(Writes, StandInTheOrderOfTheText) {
  EXPECT_THAT(writes("WITH gone AS (DELETE FROM a RETURNING *), put AS (INSERT INTO b SELECT * FROM gone RETURNING *) "
                     "SELECT * FROM put"),
              ElementsAre(Named{Kind::erase, {"", "a"}}, Named{Kind::insert, {"", "b"}}));
}

TEST(Writes, IncludeTheOutermostAndItsCtes) {
  EXPECT_THAT(writes("WITH u AS (UPDATE a SET x = 1 RETURNING *) INSERT INTO b SELECT * FROM u"),
              testing::UnorderedElementsAre(Named{Kind::insert, {"", "b"}}, Named{Kind::update, {"", "a"}}));
}

TEST(Writes, AreNoneWhereNothingIsWritten) {
  for (const char* statement : {"SELECT * FROM t", "COPY t TO STDOUT", "DROP VIEW v", "DROP FUNCTION f",
                                "CREATE TABLE t (a int)", "BEGIN", "SET search_path = x", "PREPARE p AS DELETE FROM t",
                                "VACUUM t", "", "CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u",
                                "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM t; END",
                                "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DO NOTHING"})
    EXPECT_THAT(writes(statement), IsEmpty()) << statement;
}

TEST(Explain, WritesOnlyUnderAnalyze) {
  for (const char* options : {"ANALYZE", "ANALYZE VERBOSE", "(ANALYZE)", "(ANALYZE true)", "(analyze ON, costs off)",
                              "(ANALYZE 1)", "(ANALYZE off, ANALYZE)"})
    EXPECT_EQ(writes(fmt::format("EXPLAIN {} DELETE FROM t", options)).size(), 1U) << options;
  for (const char* options : {"", "VERBOSE", "(VERBOSE)", "(ANALYZE false)", "(ANALYZE OFF)", "(ANALYZE 'False')",
                              "(ANALYZE 0)", "(ANALYZE, ANALYZE off)", "(FORMAT json)"})
    EXPECT_THAT(writes(fmt::format("EXPLAIN {} DELETE FROM t", options)), IsEmpty()) << options;
}

TEST(Upsert, IsOnConflictDoUpdate) {
  const Write write = analyse("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = excluded.a").writes.at(0);
  EXPECT_TRUE(write.upsert);
  EXPECT_FALSE(write.skips_conflicts);
}

TEST(Upsert, IsNotOnConflictDoNothing) {
  const Write write = analyse("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING").writes.at(0);
  EXPECT_FALSE(write.upsert);
  EXPECT_TRUE(write.skips_conflicts);
}

TEST(Upsert, IsNotAPlainInsert) {
  const Write write = analyse("INSERT INTO t VALUES (1)").writes.at(0);
  EXPECT_FALSE(write.upsert);
  EXPECT_FALSE(write.skips_conflicts);
}

TEST(Upsert, IsAMergeThatUpdates) {
  const std::string merge = "MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT VALUES (u.a) ";
  EXPECT_TRUE(analyse(merge + "WHEN MATCHED THEN UPDATE SET b = u.b").writes.at(0).upsert);
  EXPECT_FALSE(analyse(merge + "WHEN MATCHED THEN DELETE").writes.at(0).upsert);
  EXPECT_FALSE(analyse(merge + "WHEN MATCHED THEN DO NOTHING").writes.at(0).upsert);
}

TEST(Opaque, IsWhatRunsCodeThatTheTextDoesNotShow) {
  for (const char* statement : {"DO $$ BEGIN END $$", "CALL p()", "EXECUTE p", "SELECT f()", "SELECT * FROM s.f(1)",
                                "WITH x AS (SELECT f()) SELECT * FROM x", "SELECT app.lower('x')",
                                "EXPLAIN ANALYZE SELECT f()", "EXPLAIN ANALYZE EXECUTE p"})
    EXPECT_TRUE(analyse(statement).opaque) << statement;
}

TEST(Opaque, IsNotWhatOnlyComputes) {
  for (const char* statement :
       {"SELECT count(*), max(a) FROM t", "SELECT pg_catalog.lower('x')", "SELECT extract(day FROM now())",
        "DELETE FROM t", "EXPLAIN SELECT f()", "PREPARE p AS SELECT f()", "SELECT 1"})
    EXPECT_FALSE(analyse(statement).opaque) << statement;
}

TEST(NamesSetval, IsTrueOfSetvalAndRestart) {
  for (const char* statement :
       {"SELECT setval('s', 1)", "SELECT pg_catalog.setval('s', (SELECT max(id) FROM t))",
        "INSERT INTO t VALUES (setval('s', 1))", "ALTER SEQUENCE s RESTART", "ALTER SEQUENCE s RESTART WITH 5"})
    EXPECT_TRUE(analyse(statement).names_setval) << statement;
  for (const char* statement : {"SELECT nextval('s')", "SELECT 'setval'", "ALTER SEQUENCE s INCREMENT 2"})
    EXPECT_FALSE(analyse(statement).names_setval) << statement;
}

TEST(CopiesFromStdin, IsTrueOfStdinAlone) {
  EXPECT_TRUE(analyse("COPY t FROM STDIN").copies_from_stdin);
  for (const char* statement : {"COPY t FROM '/data'", "COPY t FROM PROGRAM 'cat'", "COPY t TO STDOUT"})
    EXPECT_FALSE(analyse(statement).copies_from_stdin) << statement;
}

TEST(KindOfStatement, IsThatOfTheOutermost) {
  EXPECT_EQ(analyse("WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x").kind, Kind::select);
  EXPECT_EQ(analyse("INSERT INTO t VALUES (1)").kind, Kind::insert);
  EXPECT_EQ(analyse("UPDATE t SET a = 1").kind, Kind::update);
  EXPECT_EQ(analyse("DELETE FROM t").kind, Kind::erase);
  EXPECT_EQ(analyse("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE").kind, Kind::merge);
  EXPECT_EQ(analyse("COPY t FROM STDIN").kind, Kind::copy_from);
  EXPECT_EQ(analyse("COPY t TO STDOUT").kind, Kind::copy_to);
  EXPECT_EQ(analyse("TRUNCATE t").kind, Kind::truncate);
  EXPECT_EQ(analyse("DROP TABLE t").kind, Kind::drop);
  EXPECT_EQ(analyse("CREATE TABLE t ()").kind, Kind::other);
}

TEST(KindOfStatement, KnowsTheEdgesOfTransactions) {
  for (const char* statement : {"BEGIN", "START TRANSACTION", "BEGIN ISOLATION LEVEL SERIALIZABLE"})
    EXPECT_EQ(analyse(statement).kind, Kind::begin) << statement;
  for (const char* statement : {"COMMIT", "END", "COMMIT AND CHAIN"})
    EXPECT_EQ(analyse(statement).kind, Kind::commit) << statement;
  for (const char* statement : {"ROLLBACK", "ABORT"}) EXPECT_EQ(analyse(statement).kind, Kind::rollback) << statement;
  for (const char* statement : {"SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"})
    EXPECT_EQ(analyse(statement).kind, Kind::other) << statement;
}

TEST(Unparsed, KeepsTheKindOfItsFirstWordAndNothingElse) {
  // RETURNING in MERGE is of PostgreSQL 17, WITHOUT OVERLAPS and the last one of 18.
  const Facts facts = analyse("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE RETURNING t.a");
  EXPECT_FALSE(facts.parsed);
  EXPECT_EQ(facts.kind, Kind::merge);
  EXPECT_THAT(facts.writes, IsEmpty());
  EXPECT_FALSE(analyse("CREATE TABLE t (a int, b daterange, PRIMARY KEY (a, b WITHOUT OVERLAPS))").parsed);
  EXPECT_EQ(analyse("delete FROM t RETURNING WITH (OLD AS o) o.a").kind, Kind::erase);
  EXPECT_EQ(analyse("no statement at all").kind, Kind::other);
}

TEST(Unparsed, IsWhatTheParserCouldNotHold) {
  const auto repeated = [](int times, std::string_view text) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  // What the parser makes of these is its own affair; that we come back is ours.
  EXPECT_EQ(analyse("SELECT " + repeated(100'000, "(") + "1" + repeated(100'000, ")")).kind, Kind::select);
  EXPECT_EQ(analyse("SELECT 1" + repeated(100'000, "+1")).kind, Kind::select);
  EXPECT_EQ(analyse("SELECT " + repeated(50'000, "NOT ") + "true").kind, Kind::select);
  const Facts too_long = analyse("DELETE FROM t WHERE id IN (1" + repeated(600'000, ",1") + ")");
  EXPECT_FALSE(too_long.parsed);
  EXPECT_EQ(too_long.kind, Kind::erase);
}

TEST(Parsed, IsALongFlatStatement) {
  std::string statement = "INSERT INTO t VALUES (1)";
  for (int i = 0; i < 20'000; ++i) statement += ", (2)";
  EXPECT_THAT(writes(statement), ElementsAre(Named{Kind::insert, {"", "t"}}));
}

TEST(WritesTable, MatchesAnySchemaWhereEitherNamesNone) {
  const Facts qualified = analyse("DELETE FROM s.t");
  EXPECT_TRUE(qualified.writes_table("s", "t"));
  EXPECT_TRUE(qualified.writes_table("", "t"));
  EXPECT_FALSE(qualified.writes_table("public", "t"));
  EXPECT_FALSE(qualified.writes_table("s", "T"));
  EXPECT_TRUE(analyse("DELETE FROM t").writes_table("s", "t"));
  EXPECT_FALSE(analyse("SELECT * FROM t").writes_table("", "t"));
}

}  // namespace
}  // namespace sql
