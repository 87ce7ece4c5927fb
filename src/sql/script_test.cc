#include "sql/script.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<Statement> split(std::string_view script) {
  Splitter splitter(script, "x.sql");
  std::vector<Statement> statements;
  while (const auto statement = splitter.next()) statements.push_back(*statement);
  return statements;
}

std::vector<std::string> texts(std::string_view script) {
  std::vector<std::string> result;
  for (const Statement& statement : split(script)) result.emplace_back(statement.text);
  return result;
}

std::vector<int> lines(std::string_view script) {
  std::vector<int> result;
  for (const Statement& statement : split(script)) result.push_back(statement.line);
  return result;
}

base::Error refusal(std::string_view script) {
  try {
    split(script);
  } catch (const base::Error& error) {
    return error;
  }
  return {base::Code::internal, "nothing was refused"};
}

std::string refused(std::string_view script) {
  const base::Error error = refusal(script);
  EXPECT_EQ(error.code(), base::Code::input);
  return error.message();
}

// One statement with a semicolon inside, and another behind it.
class Whole : public testing::TestWithParam<const char*> {};

TEST_P(Whole, StaysWhole) {
  EXPECT_THAT(texts(fmt::format("{}; SELECT 2;", GetParam())), ElementsAre(GetParam(), "SELECT 2"));
}

INSTANTIATE_TEST_SUITE_P(Quotes, Whole,
                         testing::Values("SELECT 'a;b'", "SELECT 'it''s;'", "SELECT ''", "SELECT 'a\\' || 'b;'",
                                         "SELECT \"a;b\"", "SELECT \"a\"\";\"\"b\"", "SELECT E'a\\';b'",
                                         "SELECT e'\\\\' || 'a;'", "SELECT E'it''s;'", "SELECT U&'d\\0061t;'",
                                         "SELECT U&\"d\\0061t;\" UESCAPE '!'", "SELECT B'1;0', X'1;F', N'a;'",
                                         "SELECT 'a'\n'b;'", "SELECT E'a'\n'\\';'", "SELECT E'a' -- and on\n  '\\';'",
                                         "SELECT 'line\nbreak;'", "SELECT 'ä;€'"));

INSTANTIATE_TEST_SUITE_P(DollarQuotes, Whole,
                         testing::Values("SELECT $$a;b$$", "SELECT $a$x;$$;$b$;$a$", "SELECT $a$ $b$a$",
                                         "SELECT $ä_1$;$ä_1$", "SELECT $a$it's \";$a$", "SELECT $$ /* ; $$",
                                         "DO $do$ BEGIN PERFORM $$;$$; END $do$", "SELECT $1 + $$;$$",
                                         "SELECT a$b$ FROM \"c$b$;\""));

INSTANTIATE_TEST_SUITE_P(Comments, Whole,
                         testing::Values("SELECT /* ; */ 1", "SELECT /* a /* ; */ ; */ 1", "SELECT -- ;\n 1",
                                         "SELECT 1 -- it's\n + 1", "SELECT /* it's \" $$ */ 1", "SELECT 1 - /* -- */ 1",
                                         "SELECT 4 */* ; */ 2", "SELECT '/*' || '*/;'", "SELECT 1 -- ;\r + 1",
                                         "SELECT /**/ 1", "SELECT /*/ ; */ 1"));

INSTANTIATE_TEST_SUITE_P(Nesting, Whole,
                         testing::Values("CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
                                         "SELECT ((1); (2))", "SELECT (')'; 1)"));

INSTANTIATE_TEST_SUITE_P(
    RoutineBodies, Whole,
    testing::Values(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
        "create or replace procedure p() begin atomic insert into t values (1); end",
        "CREATE FUNCTION f(x int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN 1 ELSE 0 END; SELECT 2; END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END END; END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 'END;', \"end\"; SELECT 1; END",
        "CREATE /* not a word */ FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"));

TEST(Splitter, EndsOrdinaryStatementsAtTheSemicolonWhateverTheyAreCalled) {
  EXPECT_THAT(texts("BEGIN; SELECT CASE WHEN true THEN 1 END; END; COMMIT"),
              ElementsAre("BEGIN", "SELECT CASE WHEN true THEN 1 END", "END", "COMMIT"));
  EXPECT_THAT(texts("CREATE TABLE begin_ (function int); SELECT 1"),
              ElementsAre("CREATE TABLE begin_ (function int)", "SELECT 1"));
  EXPECT_THAT(texts("CREATE FUNCTION f(begin int) RETURNS int AS 'x' LANGUAGE sql; SELECT 1"),
              ElementsAre("CREATE FUNCTION f(begin int) RETURNS int AS 'x' LANGUAGE sql", "SELECT 1"));
}

TEST(Splitter, LeavesOutCommentsAndBlanksAroundAStatement) {
  EXPECT_THAT(texts(" /* a */ SELECT 1 -- b\n /* c */ ; -- d\n"), ElementsAre("SELECT 1"));
}

TEST(Splitter, PassesOverEmptyStatements) {
  EXPECT_THAT(texts(";; ; SELECT 1;; /* none */ ; -- nothing\n;SELECT 2;;"), ElementsAre("SELECT 1", "SELECT 2"));
  for (const char* nothing : {"", " \n\t", ";", "-- x", "/* x */", "\xEF\xBB\xBF", "\xEF\xBB\xBF;\n"})
    EXPECT_THAT(texts(nothing), IsEmpty()) << nothing;
}

TEST(Splitter, NeedsNoSemicolonAtTheEnd) {
  EXPECT_THAT(texts("SELECT 1; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
  EXPECT_THAT(texts("SELECT (1; SELECT 2"), ElementsAre("SELECT (1; SELECT 2"));
}

TEST(Splitter, ClosingParenthesesTooManyOpenNothing) {
  EXPECT_THAT(texts("SELECT 1)); SELECT 2"), ElementsAre("SELECT 1))", "SELECT 2"));
}

TEST(Splitter, LeavesVariablesOfPsqlAndParametersAlone) {
  EXPECT_THAT(texts("SELECT :name, :'x', $1, a$b; SELECT 1::int"),
              ElementsAre("SELECT :name, :'x', $1, a$b", "SELECT 1::int"));
}

TEST(Splitter, SkipsAByteOrderMark) {
  const auto statements = split("\xEF\xBB\xBFSELECT 1");
  ASSERT_EQ(statements.size(), 1U);
  EXPECT_EQ(statements[0].text, "SELECT 1");
  EXPECT_EQ(statements[0].line, 1);
}

TEST(Splitter, NumbersTheLineOfTheFirstWord) {
  EXPECT_THAT(lines("SELECT 1;\n\n-- note\nSELECT\n2; SELECT 'a\nb'; /*\n*/ SELECT 3;\r\nSELECT 4"),
              ElementsAre(1, 4, 5, 7, 8));
}

TEST(Splitter, PiecesPointIntoTheScript) {
  const std::string script = "SELECT 1; SELECT 2";
  const auto statements = split(script);
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[1].text.data(), script.data() + 10);
}

TEST(Splitter, StaysAtTheEnd) {
  Splitter splitter("SELECT 1", "x.sql");
  EXPECT_TRUE(splitter.next());
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.next());
}

TEST(CopyData, EndsAtBackslashDot) {
  const auto statements = split("COPY t FROM STDIN;\n1\ta;b\n2\t'\n\\.\nSELECT 1;\n");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].text, "COPY t FROM STDIN");
  EXPECT_EQ(statements[0].copy_data, "1\ta;b\n2\t'\n");
  EXPECT_EQ(statements[1].text, "SELECT 1");
  EXPECT_EQ(statements[1].line, 5);
  EXPECT_EQ(statements[1].copy_data, std::nullopt);
}

TEST(CopyData, EndsWithTheScriptToo) {
  EXPECT_EQ(split("COPY t FROM STDIN;\n1\n2")[0].copy_data, "1\n2");
  EXPECT_EQ(split("COPY t FROM STDIN;\n1\n\\.")[0].copy_data, "1\n");
  EXPECT_EQ(split("COPY t FROM STDIN;")[0].copy_data, "");
  EXPECT_EQ(split("COPY t FROM STDIN")[0].copy_data, "");
  EXPECT_EQ(split("COPY t FROM STDIN;\n\\.\n")[0].copy_data, "");
}

TEST(CopyData, MayHaveWindowsLineEnds) {
  const auto statements = split("COPY t FROM STDIN;\r\n1\r\n\\.\r\nSELECT 1;\r\n");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].copy_data, "1\r\n");
  EXPECT_EQ(statements[1].line, 4);
  EXPECT_EQ(split("COPY t FROM STDIN;\r\n1\r\n\\.\r")[0].copy_data, "1\r\n");
}

TEST(CopyData, OnlyAWholeLineEndsIt) {
  EXPECT_EQ(split("COPY t FROM STDIN;\n\\.x\n \\.\n1\\.\n\\N\n\\.\n")[0].copy_data, "\\.x\n \\.\n1\\.\n\\N\n");
}

TEST(CopyData, FollowsEveryFormOfCopyFromStdin) {
  for (const char* copy : {"copy t from stdin", "COPY t (a, \"from\") FROM STDIN WITH (FORMAT csv, HEADER)",
                           "COPY s.\"to\" FROM /* here */ STDIN WHERE a > 1", "COPY t FROM stdout",
                           "COPY BINARY t FROM STDIN", "COPY t\nFROM\nSTDIN CSV"}) {
    const std::string script = fmt::format("{};\n;1\n\\.\n", copy);
    const auto statements = split(script);
    ASSERT_EQ(statements.size(), 1U) << copy;
    EXPECT_EQ(statements[0].copy_data, ";1\n") << copy;
  }
}

TEST(CopyData, FollowsNoOtherStatement) {
  for (const char* statement : {"COPY t FROM 'stdin'", "COPY t FROM PROGRAM 'stdin'", "COPY t TO STDOUT",
                                "COPY (SELECT a FROM stdin) TO STDOUT", "COPY (SELECT 1 FROM t) TO STDIN",
                                "COPY \"from\" TO stdin", "SELECT a FROM stdin", "SELECT copy FROM stdin"}) {
    const std::string script = fmt::format("{};\nSELECT 1", statement);
    const auto statements = split(script);
    ASSERT_EQ(statements.size(), 2U) << statement;
    EXPECT_EQ(statements[0].copy_data, std::nullopt) << statement;
  }
}

TEST(CopyData, BeginsOnTheNextLineBehindBlanksOrAComment) {
  for (const char* rest :
       {"", " \t", "-- done", " -- it's; $$ \\x", "/* done */", " /* a /* b */ c */ -- d", "-- done\r"}) {
    const std::string script = fmt::format("COPY t FROM STDIN;{}\n1\n\\.\nSELECT 1;", rest);
    const auto statements = split(script);
    ASSERT_EQ(statements.size(), 2U) << rest;
    EXPECT_EQ(statements[0].copy_data, "1\n") << rest;
    EXPECT_EQ(statements[1].line, 4) << rest;
  }
}

TEST(CopyData, RefusesAnythingElseOnItsLine) {
  for (const char* rest : {" SELECT 1;", ";", "1\t2", "/* open", "/* a */ 1", " \\."}) {
    EXPECT_THAT(refused(fmt::format("\nCOPY t FROM STDIN;{}\n1 */\n\\.\n", rest)),
                StartsWith("x.sql:2: more than a comment stands behind COPY"))
        << rest;
  }
}

TEST(Refusal, NamesTheLineOfAMetaCommand) {
  const base::Error error = refusal("SELECT 1;\n\n  \\i other.sql\n");
  EXPECT_EQ(error.code(), base::Code::input);
  EXPECT_EQ(error.message(), "x.sql:3: \\i is a meta-command of psql, not SQL");
  EXPECT_THAT(error.hint(), HasSubstr("--exec 'psql -f x.sql'"));
}

TEST(Refusal, FindsMetaCommandsInsideStatements) {
  EXPECT_THAT(refused("SELECT 1\n\\gset\n"), StartsWith("x.sql:2: \\gset is"));
  EXPECT_THAT(refused("SELECT (\n1 \\; SELECT 2)"), StartsWith("x.sql:2: \\; is"));
  EXPECT_THAT(refused("\\"), StartsWith("x.sql:1: \\ is"));
  EXPECT_THAT(refused("\\connect\x1B[2J x"), StartsWith("x.sql:1: \\connect\xEF\xBF\xBD[2J is"));
  EXPECT_THAT(refused("SELECT 1;\n\\.\n"), StartsWith("x.sql:2: \\. is"));
}

TEST(Refusal, NamesWhatIsNeverClosedAndWhereItOpens) {
  EXPECT_EQ(refused("SELECT 1;\nSELECT 'a\n;"), "x.sql:2: a string is never closed");
  EXPECT_EQ(refused("SELECT 1;\nSELECT\nE'a\\';"), "x.sql:3: a string is never closed");
  EXPECT_EQ(refused("SELECT 'a'''"), "x.sql:1: a string is never closed");
  EXPECT_EQ(refused("SELECT E'\\"), "x.sql:1: a string is never closed");
  EXPECT_EQ(refused("'"), "x.sql:1: a string is never closed");
  EXPECT_EQ(refused("SELECT \"a\n;"), "x.sql:1: a quoted identifier is never closed");
  EXPECT_EQ(refused("SELECT $a$ ;\n $b$ $A$"), "x.sql:1: a dollar quote is never closed");
  EXPECT_EQ(refused("SELECT $$ $"), "x.sql:1: a dollar quote is never closed");
  EXPECT_EQ(refused("SELECT 1\n/* /* */ ;"), "x.sql:2: a comment is never closed");
  EXPECT_EQ(refused("\n/*"), "x.sql:2: a comment is never closed");
}

TEST(Refusal, HandsOutWhatPrecedesTheFault) {
  Splitter splitter("SELECT 1; 'open", "x.sql");
  EXPECT_EQ(splitter.next()->text, "SELECT 1");
  EXPECT_THROW(splitter.next(), base::Error);
}

TEST(Refusal, NamesTheLineOfANulByte) {
  using namespace std::string_view_literals;
  for (const auto script : {"SELECT 1;\nSELECT '\0'"sv, "\n-- \0"sv, "\n\0"sv, "COPY t FROM STDIN;\n\0\n\\.\n"sv,
                            "SELECT 1;\nSELECT 'long enough for several words at a time' \0"sv})
    EXPECT_THAT(refused(script), StartsWith("x.sql:2: a NUL byte"));
}

TEST(Refusal, NamesTheLineOfWhatIsNotUtf8) {
  for (const char* script : {"SELECT 1;\nSELECT '\xE4'", "\n-- \xFF\n", "\n\xC3", "\n\"\xED\xA0\x80\"", "\n'\xC0\xAF'",
                             "COPY t FROM STDIN;\n\xE4\n\\.\n", "\n'a long text before it, and then \xF4\x90\x80\x80'"})
    EXPECT_EQ(refused(script), "x.sql:2: this is not valid UTF-8");
}

TEST(FirstWords, AreOneLineWithoutComments) {
  EXPECT_EQ(first_words("DELETE /* all */ FROM t -- of them\n  WHERE a = 'x  y'", 80), "DELETE FROM t WHERE a = 'x y'");
  EXPECT_EQ(first_words("SELECT a.b(1,2)", 80), "SELECT a.b(1,2)");
  EXPECT_EQ(first_words("", 10), "");
}

TEST(FirstWords, AreCutByCodePoints) {
  EXPECT_EQ(first_words("SELECT 'ääääää'", 11), "SELECT 'äää…");
  EXPECT_EQ(first_words("SELECT 1", 8), "SELECT 1");
  EXPECT_EQ(first_words("SELECT 12", 8), "SELECT 1…");
  EXPECT_EQ(first_words("SELECT " + std::string(1 << 20, 'x'), 10), "SELECT xxx…");
}

TEST(FirstWords, SteerNoTerminal) {
  EXPECT_EQ(first_words("SELECT '\x1B[2J'", 80), "SELECT '\xEF\xBF\xBD[2J'");
}

}  // namespace
}  // namespace sql
