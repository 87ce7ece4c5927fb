// Holes in statements of SQL: psql's variables, @names@ of extensions, and what fills them.
#include "source/refill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "source/extract.h"

namespace source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> statements(std::string_view script) {
  const Extraction result = extract(script, Language::sql);
  std::vector<std::string> found;
  for (const Problem& problem : result.problems) found.push_back("! " + problem.message);
  for (const Statement& statement : result.fragments[0].statements)
    found.emplace_back(result.fragments[0].text(statement));
  return found;
}

TEST(Variables, HoldWhateverParsesThere) {
  EXPECT_THAT(statements("ALTER SEQUENCE s RESTART WITH :next;"), ElementsAre("ALTER SEQUENCE s RESTART WITH 1    "));
  EXPECT_THAT(statements("LISTEN :chan"), ElementsAre("LISTEN h1   "));
  EXPECT_THAT(statements("COMMENT ON TABLE t IS :'c'"), ElementsAre("COMMENT ON TABLE t IS ''  "));
  EXPECT_THAT(statements("DELETE FROM users :where"), ElementsAre("DELETE FROM users       "));
  EXPECT_THAT(statements("CREATE SEQUENCE :s START :n"), ElementsAre("CREATE SEQUENCE h1 START 1 "));
  EXPECT_THAT(statements("DELETE FROM users WHERE id = :id"), ElementsAre("DELETE FROM users WHERE id = $1 "));
  EXPECT_THAT(statements("ALTER LANGUAGE x OWNER TO @extowner@"), ElementsAre("ALTER LANGUAGE x OWNER TO h1        "));
}

TEST(Variables, InQuotesLeaveWhatFollowsAsItIs) {
  EXPECT_THAT(statements("GRANT SELECT ON users TO :\"r\";\nTRUNCATE users;"),
              ElementsAre("GRANT SELECT ON users TO  \"r\"", "TRUNCATE users"));
}

TEST(Variables, AreNamedAsTheSourceSaysThemWhereNothingParses) {
  EXPECT_THAT(statements("GRANT SELECT ON users TOO :role"),
              ElementsAre("! syntax error at or near \"TOO\"", "GRANT SELECT ON users TOO $1   "));
  EXPECT_THAT(statements("SELECT 1 FROM WHERE :x"),
              ElementsAre("! syntax error at or near \"WHERE\"", "SELECT 1 FROM WHERE $1"));
  EXPECT_THAT(statements("SELECT 1 AS :'x'"), ElementsAre("! syntax error at or near \":'x'\"", "SELECT 1 AS $1  "));
}

TEST(Variables, OfGsetSayWhichQueryTheyCameFrom) {
  const Extraction result = extract("SELECT max(id) AS top FROM t \\gset a_\nSELECT :a_top, :top", Language::sql);
  ASSERT_EQ(result.fragments[0].holes.size(), 2U);
  EXPECT_EQ(result.fragments[0].holes[0].source, ":a_top of SELECT max(id) AS top FROM t");
  EXPECT_EQ(result.fragments[0].holes[1].source, ":top");
}

std::vector<std::string> problems_in_body(const std::string& script) {
  const Extraction result = extract(script, Language::sql);
  EXPECT_THAT(result.problems, IsEmpty()) << script;
  std::vector<std::string> found;
  for (const Problem& problem : bodies(result.fragments[0], result.fragments[0].statements[0]).problems)
    found.push_back(problem.message);
  return found;
}

TEST(Bodies, ThatCannotBeParsedAreProblems) {
  EXPECT_THAT(problems_in_body("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM users WHERE; $$"),
              ElementsAre("syntax error at end of input"));
  EXPECT_THAT(problems_in_body("DO $$ BEGIN DELETE FROM users WHERE id < ; END $$"),
              ElementsAre("syntax error at end of input"));
  EXPECT_THAT(problems_in_body("DO $$ BEGN DELETE FROM users; END $$").size(), 1U);
  EXPECT_THAT(problems_in_body("DO $$ BEGIN x := 'a; DELETE FROM users; END $$").size(), 1U);
  EXPECT_THAT(problems_in_body("DO $$ BEGIN x := 'a'; DELETE FROM users RETURNING a INTO b[1 + 1]; END $$"), IsEmpty());
}

TEST(Bodies, InOtherLanguagesSayWhereTheyAreWrong) {
  const Extraction script = extract(
      "SELECT 1;\nCREATE FUNCTION f() RETURNS void LANGUAGE plpython3u AS $$\n  plpy.execute('DELETE FROM users WHERE "
      "WHERE x = 1')\n$$;",
      Language::sql);
  const Extraction result = bodies(script.fragments[0], script.fragments[0].statements[1]);
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].place, (Place{3, 41}));
}

TEST(Bodies, KeepTheHolesOfTheProgramAroundThem) {
  const Extraction program =
      extract("x = f'DO $$ BEGIN DELETE FROM users {where}; UPDATE {t} SET a = {a}; END $$'", Language::python);
  ASSERT_EQ(program.fragments.size(), 1U);
  const Extraction result = bodies(program.fragments[0], program.fragments[0].statements[0]);
  EXPECT_THAT(result.problems, IsEmpty());
  ASSERT_EQ(result.fragments.size(), 1U);
  EXPECT_EQ(result.fragments[0].holes.size(), 3U);
}

}  // namespace
}  // namespace source
