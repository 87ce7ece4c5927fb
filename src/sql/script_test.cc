#include "sql/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Statement> cut(std::string_view script) {
  std::vector<Statement> statements;
  Splitter splitter(script, "s.sql");
  while (auto statement = splitter.next()) statements.push_back(*statement);
  return statements;
}

std::vector<std::string_view> texts(std::string_view script) {
  std::vector<std::string_view> result;
  for (const Statement& statement : cut(script)) result.push_back(statement.text);
  return result;
}

base::Error error_of(std::string_view script) {
  try {
    cut(script);
  } catch (const base::Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error from: " << script;
  return {base::Code::internal, ""};
}

void expect_whole(std::string_view statement) {
  EXPECT_THAT(texts(std::string(statement) + ";SELECT 2"), ElementsAre(statement, "SELECT 2"));
}

TEST(Splitter, EndsStatementsAtSemicolons) {
  EXPECT_THAT(texts("SELECT 1; SELECT 2 ;\nSELECT 3"), ElementsAre("SELECT 1", "SELECT 2", "SELECT 3"));
}

TEST(Splitter, DropsEmptyStatements) {
  EXPECT_THAT(texts(""), IsEmpty());
  EXPECT_THAT(texts(";; ;\n-- nothing\n/* at all */;\n"), IsEmpty());
  EXPECT_THAT(texts(";;SELECT 1;;"), ElementsAre("SELECT 1"));
}

TEST(Splitter, LeavesOutWhiteSpaceAndCommentsAroundAStatement) {
  EXPECT_THAT(texts("/* a */ -- b\n SELECT /* in */ 1 -- c\n /* d */ ; -- e"), ElementsAre("SELECT /* in */ 1"));
  EXPECT_THAT(texts("SELECT 1 -- the last one\n"), ElementsAre("SELECT 1"));
}

TEST(Splitter, CountsLinesToTheFirstWord) {
  const auto statements = cut("\n-- one\n\nSELECT\n1;/* \n */SELECT 2;\r\nSELECT 3");
  ASSERT_EQ(statements.size(), 3U);
  EXPECT_EQ(statements[0].line, 4);
  EXPECT_EQ(statements[1].line, 6);
  EXPECT_EQ(statements[2].line, 7);
}

TEST(Splitter, SkipsAByteOrderMark) {
  EXPECT_THAT(texts("\xEF\xBB\xBFSELECT 1"), ElementsAre("SELECT 1"));
}

TEST(Splitter, KeepsSemicolonsInQuotes) {
  expect_whole("SELECT 'a;b'");
  expect_whole("SELECT 'it''s; fine'");
  expect_whole("SELECT \"a;\"\"b;\"");
  expect_whole("SELECT U&'d\\0061;' UESCAPE '\\'");
  expect_whole("SELECT U&\"d;\"");
  expect_whole("SELECT B'0;', X'f;', N'n;'");
}

TEST(Splitter, TakesBackslashesInPlainStringsAsTheyStand) {
  expect_whole("SELECT 'a\\'");
}

TEST(Splitter, TakesBackslashesInEscapeStringsAsEscapes) {
  expect_whole("SELECT E'a\\';b'");
  expect_whole("SELECT e'a\\\\'");
  expect_whole("SELECT E'a''\\';b'");
}

TEST(Splitter, SeesEscapeStringsOnlyAfterALoneE) {
  expect_whole("SELECT type'a\\'");
  expect_whole("SELECT \"e\"'a\\'");
}

TEST(Splitter, TakesTheContinuationOfAnEscapeStringAsPlainAsPsqlDoes) {
  expect_whole("SELECT E'a'\n  'b;c'");
  EXPECT_THAT(texts("SELECT E'a'\n'b\\'; SELECT 2"), ElementsAre("SELECT E'a'\n'b\\'", "SELECT 2"));
}

TEST(Splitter, KeepsDollarQuotedBodiesWhole) {
  expect_whole("DO $$ BEGIN; END; $$");
  expect_whole("DO $body$ a; $$ b; $other$ c; $body$");
  expect_whole("SELECT $a$x;$b$a$");
  expect_whole("SELECT $é1$;$é1$");
}

TEST(Splitter, SeesNoDollarQuoteInIdentifiersAndParameters) {
  EXPECT_THAT(texts("SELECT a$b$; SELECT $1, b$b$"), ElementsAre("SELECT a$b$", "SELECT $1, b$b$"));
  EXPECT_THAT(texts("SELECT $1$a$;$a$; SELECT 2"), ElementsAre("SELECT $1$a$;$a$", "SELECT 2"));
}

TEST(Splitter, KeepsSemicolonsInComments) {
  expect_whole("SELECT -- ; '\n 1");
  expect_whole("SELECT /* ; /* ' ; */ ; */ 1");
  expect_whole("SELECT 1 +/* ; */ 1");
  expect_whole("SELECT 1 - - 1 / 1");
}

TEST(Splitter, EndsLineCommentsAtACarriageReturn) {
  EXPECT_THAT(texts("-- old\rSELECT 1;-- \r\nSELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(Splitter, KeepsSemicolonsInParentheses) {
  expect_whole("CREATE RULE r AS ON DELETE TO t DO (DELETE FROM a; DELETE FROM b)");
  EXPECT_THAT(texts("SELECT 1); SELECT 2"), ElementsAre("SELECT 1)", "SELECT 2"));
  EXPECT_THAT(texts("SELECT (1; SELECT 2"), ElementsAre("SELECT (1; SELECT 2"));
}

TEST(Splitter, KeepsStandardFunctionBodiesWhole) {
  expect_whole("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END");
  expect_whole("create or replace procedure p() begin atomic insert into t values (1); end");
  expect_whole("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (CASE WHEN a THEN 1 END); SELECT 2; END");
}

TEST(Splitter, SeesFunctionBodiesOnlyInRoutines) {
  EXPECT_THAT(texts("BEGIN; SELECT 1; END"), ElementsAre("BEGIN", "SELECT 1", "END"));
  EXPECT_THAT(texts("CREATE TABLE begin (a int); SELECT 1"), ElementsAre("CREATE TABLE begin (a int)", "SELECT 1"));
  EXPECT_THAT(texts("CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END; SELECT 1"),
              ElementsAre("CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END", "SELECT 1"));
}

TEST(Splitter, LeavesPsqlVariablesAlone) {
  expect_whole("SELECT :name, :'quoted;', :\"id;\", a::int");
}

TEST(Splitter, GivesTheDataOfACopy) {
  const auto statements = cut("COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1;'\n\\N\n\\.\nSELECT 1;");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].text, "COPY t (a, b) FROM stdin WITH (FORMAT csv)");
  EXPECT_EQ(statements[0].copy_data, "1;'\n\\N\n");
  EXPECT_EQ(statements[1].line, 5);
  EXPECT_EQ(statements[1].copy_data, std::nullopt);
}

TEST(Splitter, KnowsEverySpellingOfACopyFromItsInput) {
  for (const char* copy : {"copy t from STDIN", "COPY \"from\" FROM stdin", "COPY t FROM STDIN WITH CSV",
                           "COPY BINARY t FROM stdin", "COPY t(a)FROM/**/stdin", "COPY s.t FROM stdout"}) {
    const std::string script = std::string(copy) + ";\n1\n\\.\nSELECT 1";
    const auto statements = cut(script);
    ASSERT_EQ(statements.size(), 2U) << copy;
    EXPECT_EQ(statements[0].copy_data, "1\n") << copy;
  }
}

TEST(Splitter, TakesNoDataForOtherCopies) {
  for (const char* copy : {"COPY t FROM 'stdin'", "COPY (SELECT a FROM stdin) TO stdout", "COPY t TO STDOUT",
                           "COPY t FROM 'f' WHERE a IS DISTINCT FROM stdin", "SELECT a FROM stdin"}) {
    const std::string script = std::string(copy) + ";\nSELECT 1";
    const auto statements = cut(script);
    ASSERT_EQ(statements.size(), 2U) << copy;
    EXPECT_EQ(statements[0].copy_data, std::nullopt) << copy;
  }
}

TEST(Splitter, ToleratesCarriageReturnsInCopyData) {
  const auto statements = cut("COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;\r\n");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].copy_data, "1\r\n");
}

TEST(Splitter, EndsCopyDataAtTheEndOfTheScript) {
  EXPECT_EQ(cut("COPY t FROM stdin;\n1\n2")[0].copy_data, "1\n2");
  EXPECT_EQ(cut("COPY t FROM stdin;\n1\n\\.")[0].copy_data, "1\n");
  EXPECT_EQ(cut("COPY t FROM stdin;\n\\.\n")[0].copy_data, "");
  EXPECT_EQ(cut("COPY t FROM stdin")[0].copy_data, "");
}

TEST(Splitter, TakesCommentsAfterACopyButNoSql) {
  EXPECT_EQ(cut("COPY t FROM stdin; -- data\n1\n\\.\n")[0].copy_data, "1\n");
  EXPECT_THAT(error_of("\nCOPY t FROM stdin; SELECT 1;\n1\n\\.\n").message(), HasSubstr("s.sql:2: more follows"));
}

TEST(Splitter, RefusesMetaCommands) {
  const base::Error error = error_of("SELECT 1;\n  \\connect prod\n");
  EXPECT_EQ(error.code(), base::Code::usage);
  EXPECT_THAT(error.message(), HasSubstr("s.sql:2: psql meta-command \\connect "));
  EXPECT_THAT(error.hint(), HasSubstr("--exec 'psql -f s.sql'"));
  EXPECT_THAT(error_of("SELECT 1 \\gexec").message(), HasSubstr("\\gexec "));
  EXPECT_THAT(error_of("SELECT 1\\; SELECT 2").message(), HasSubstr("\\; "));
  EXPECT_THAT(error_of("SELECT (1 \\g").message(), HasSubstr("\\g "));
}

TEST(Splitter, PassesOverMetaCommandsThatMeanNothingHere) {
  const auto statements =
      cut("\\set ON_ERROR_STOP on\n\\pset pager off\r\nSELECT 1;\n  \\echo it's done\n\\timing\n\\set ON_ERROR_STOP "
          "1\nSELECT 2;\n"
          "\\echo");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].text, "SELECT 1");
  EXPECT_EQ(statements[1].text, "SELECT 2");
  EXPECT_EQ(statements[1].line, 7);
  for (const char* script : {"\\set ON_ERROR_STOP off\n", "\\set who 3\n", "\\echo a \\\\ DELETE FROM t;\n",
                             "\\echo `rm x`\n", "\\set ON_ERROR_STOP\n", "SELECT 1\n\\echo x\n;"}) {
    EXPECT_THAT(error_of(script).message(), HasSubstr("psql meta-command")) << script;
  }
}

TEST(Splitter, ShowsNoControlCharactersOfAMetaCommand) {
  EXPECT_THAT(error_of("\\\x1B[2J").message(), testing::Not(HasSubstr("\x1B")));
}

TEST(Splitter, NamesTheLineWhereAnOpenQuoteBegins) {
  EXPECT_THAT(error_of("SELECT 1;\nSELECT 'a''\n\n").message(), HasSubstr("s.sql:2: this string is never closed"));
  EXPECT_THAT(error_of("SELECT E'a\\'").message(), HasSubstr("string is never closed"));
  EXPECT_THAT(error_of("SELECT E'a\\").message(), HasSubstr("string is never closed"));
  EXPECT_THAT(error_of("\nSELECT \"a").message(), HasSubstr("s.sql:2: this quoted identifier"));
  EXPECT_THAT(error_of("DO $a$ $$ $b$").message(), HasSubstr("dollar-quoted"));
  EXPECT_THAT(error_of("SELECT 1;\n/* /* */").message(), HasSubstr("s.sql:2: this comment is never closed"));
}

TEST(Splitter, RefusesBytesThatAreNoText) {
  EXPECT_THAT(error_of(std::string_view("SELECT 1;\nSELECT '\0'", 20)).message(), HasSubstr("s.sql:2: a NUL byte"));
  EXPECT_THAT(error_of("SELECT 1;\n\nSELECT 'caf\xE9'").message(), HasSubstr("s.sql:3: this is not UTF-8"));
  EXPECT_THAT(error_of("SELECT 1 -- \xC0\xAF").message(), HasSubstr("not UTF-8"));
  EXPECT_THAT(error_of("COPY t FROM stdin;\n\xFF\n\\.\n").message(), HasSubstr("s.sql:2: this is not UTF-8"));
  EXPECT_THAT(texts("SELECT 'naïve 測試 😀';"), ElementsAre("SELECT 'naïve 測試 😀'"));
}

TEST(Splitter, GivesStatementsBeforeALaterError) {
  Splitter splitter("SELECT 1; \\q", "s.sql");
  EXPECT_EQ(splitter.next()->text, "SELECT 1");
  EXPECT_THROW(splitter.next(), base::Error);
}

TEST(Splitter, StaysAtTheEnd) {
  Splitter splitter("SELECT 1", "s.sql");
  splitter.next();
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.next());
}

TEST(FirstWords, StandOnOneLineWithoutComments) {
  EXPECT_EQ(first_words("DELETE /* all */\n  FROM users -- of them\n WHERE id=1", 60), "DELETE FROM users WHERE id=1");
}

TEST(FirstWords, EndWhereTheyNoLongerFit) {
  EXPECT_EQ(first_words("SELECT aaaa", 8), "SELECT a…");
  EXPECT_EQ(first_words("SELECT a", 8), "SELECT a");
  EXPECT_EQ(first_words("SELECT 'éééé'", 10), "SELECT 'éé…");
}

TEST(FirstWords, CostNoMoreThanTheyShow) {
  const std::string statement = "DO $$" + std::string(100'000, ' ') + "BEGIN END$$";
  EXPECT_EQ(first_words(statement, 20), "DO $$ BEGIN END$$");
}

}  // namespace
}  // namespace sql
