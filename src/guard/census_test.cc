#include "guard/census.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* shop = R"([tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
ids = "1..4503599627370495"
[tables.users.populations.oauth]
ids = "..-1"
[tables.users.populations.test]
ids = "4503599627370496.."
disposable = true
)";

// The classic: a test range where real Telegram ids are.
constexpr const char* classic = R"([tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
[tables.users.populations.test]
ids = "1000000001..1999999999"
disposable = true
)";

// The same, and it was said that both may be there.
constexpr const char* shared = R"([tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
ids = "1..4503599627370495"
[tables.users.populations.test]
ids = "1000000001..1999999999"
overlaps = "telegram"
disposable = true
)";

// A census as rows of one id each would make it.
class CensusTest : public testing::Test {
 protected:
  void use(const char* text) {
    contract_ = contract::parse(text, "c.toml");
    table_.declared = &contract_.tables.front();
    table_.schema = "public";
    table_.name = "users";
    census_ = {};
    census_.pieces = cut_ids(*table_.declared);
  }

  void row(const std::string& population, std::int64_t id) {
    auto& cells = census_.populations.try_emplace(population, census_.pieces.size()).first->second;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!census_.pieces[i].contains(id)) continue;
      Cell& cell = cells[i];
      cell.low = cell.rows ? std::min(cell.low, id) : id;
      cell.high = cell.rows ? std::max(cell.high, id) : id;
      ++cell.rows;
    }
  }

  std::vector<std::string> rules() {
    findings_.clear();
    judge_rows(table_, census_, findings_);
    std::vector<std::string> names;
    for (const Finding& finding : findings_) names.push_back(finding.rule);
    return names;
  }

  contract::Contract contract_;
  BoundTable table_;
  Census census_;
  Findings findings_;
};

TEST_F(CensusTest, PiecesCoverTheWholeLineOnce) {
  use(shop);
  ASSERT_EQ(census_.pieces.size(), 4U);
  EXPECT_EQ(census_.pieces.front().low, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(census_.pieces.back().high, std::numeric_limits<std::int64_t>::max());
  for (std::size_t i = 1; i < census_.pieces.size(); ++i) {
    EXPECT_EQ(census_.pieces[i].low, census_.pieces[i - 1].high + 1);
  }
  EXPECT_EQ(census_.pieces[1].text(), "0");
}

TEST_F(CensusTest, PiecesOfATableWithoutIdSpacesAreOne) {
  use("[tables.users]\nid = \"id\"\npopulation = \"p\"\n[tables.users.populations.a]\n");
  ASSERT_EQ(census_.pieces.size(), 1U);
  EXPECT_EQ(census_.pieces.front().text(), "..");
}

TEST_F(CensusTest, RowsInTheirOwnSpacesAreNoFinding) {
  use(shop);
  row("telegram", 1);
  row("telegram", 4503599627370495);
  row("oauth", -1);
  row("oauth", std::numeric_limits<std::int64_t>::min());
  row("test", 4503599627370496);
  row("test", std::numeric_limits<std::int64_t>::max());
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(CensusTest, ARowOutsideOfItsSpaceIsFoundWithWhoseSpaceItLiesIn) {
  use(shop);
  row("telegram", 5);
  row("test", -1195);
  EXPECT_THAT(rules(), ElementsAre("outside-id-space"));
  EXPECT_EQ(findings_.front().rows, 1);
  EXPECT_THAT(findings_.front().message, HasSubstr("1 in that of oauth"));
}

TEST_F(CensusTest, RowsAmongRowsOfAnotherPopulationAreAnOverlapInFact) {
  use(shop);
  row("oauth", -1);
  row("oauth", -91111111);
  row("test", -91111101);
  EXPECT_THAT(rules(), ElementsAre("outside-id-space", "id-spaces-overlap"));
  EXPECT_EQ(findings_.back().severity, Severity::error);
}

TEST_F(CensusTest, ATestRangeWhereRealIdsAreIsFoundWithAndWithoutTestRowsInIt) {
  use(classic);
  row("telegram", 17);
  row("telegram", 1500000000);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
  EXPECT_THAT(findings_.front().message, HasSubstr("the id space of test is inhabited"));
  row("test", 1000000001);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
}

TEST_F(CensusTest, ATestRangeBesideAllRealIdsIsNoFinding) {
  use(classic);
  row("telegram", 17);
  row("telegram", 8000000000);
  row("test", 1000000001);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(CensusTest, SharingThatProtectedPopulationsDeclareIsNoFindingAndUndeclaredOneIsAWarning) {
  const std::string two =
      "[tables.u]\nid = \"id\"\npopulation = \"p\"\n[tables.u.populations.a]\n[tables.u.populations.b]\n";
  use(two.c_str());
  row("a", 1), row("b", 2), row("a", 3);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
  EXPECT_EQ(findings_.front().severity, Severity::warning);
  use((two + "overlaps = \"a\"\n").c_str());
  row("a", 1), row("b", 2), row("a", 3);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(CensusTest, SharingWithADisposablePopulationIsAFindingThoughItIsDeclared) {
  use("[tables.u]\nid = \"id\"\npopulation = \"p\"\n[tables.u.populations.a]\nids = \"1..\"\n"
      "[tables.u.populations.test]\nids = \"10..20\"\ndisposable = true\noverlaps = \"a\"\n");
  row("a", 1), row("a", 30), row("test", 15);
  EXPECT_THAT(rules(), IsEmpty()) << "no real id lies in the stretch yet";
  row("a", 12), row("a", 19);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
}

TEST_F(CensusTest, RealRowsInADeclaredTestRangeAreFoundWhateverTheirOwnPopulationDeclares) {
  use(shared);
  // The test rows lie below the real ones, and no span crosses another.
  row("test", 1000000002), row("test", 1000000060);
  row("telegram", 17), row("telegram", 1500000000), row("telegram", 1500000001);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
  EXPECT_EQ(findings_.front().severity, Severity::error);
  EXPECT_EQ(findings_.front().rows, 2);
  EXPECT_THAT(
      findings_.front().message,
      HasSubstr("the id space of test is inhabited: 2 rows of telegram lie there (ids 1500000000..1500000001)"));
  EXPECT_THAT(findings_.front().advice, HasSubstr("move test to a space that no real path reaches"));
}

TEST_F(CensusTest, RealRowsBesideADeclaredTestRangeAreNone) {
  use(shared);
  row("test", 1000000002);
  row("telegram", 1000000000), row("telegram", 2000000000);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(CensusTest, RealRowsAboveEveryRealIdAreNotAnsweredByMovingTestDataThere) {
  use(shop);
  row("oauth", 4503599627370600);
  EXPECT_THAT(rules(), ElementsAre("outside-id-space", "id-spaces-overlap"));
  EXPECT_THAT(findings_.back().advice, HasSubstr("real rows keep their ids"));
}

TEST_F(CensusTest, UnknownAndMissingPopulationsAreFound) {
  use(shop);
  row("tset", 7);
  census_.unpopulated = 3;
  EXPECT_THAT(rules(), ElementsAre("null-population", "unknown-population"));
  EXPECT_EQ(findings_.front().rows, 3);
}

TEST_F(CensusTest, ManyUnknownPopulationsAreSummedUp) {
  use(shop);
  for (int i = 0; i < 37; ++i) row("p" + std::to_string(i), i);
  EXPECT_EQ(rules().size(), 11U);
  EXPECT_EQ(findings_.back().rows, 27);
  EXPECT_THAT(findings_.back().message, HasSubstr("27 other values"));
}

TEST_F(CensusTest, ValuesThatWouldSteerATerminalDoNot) {
  use(shop);
  row("\033[2J\nx", 7);
  rules();
  EXPECT_EQ(findings_.front().message.find('\033'), std::string::npos);
}

TEST_F(CensusTest, ABooleanIsKnownByEitherOfItsNames) {
  use("[tables.u]\nid = \"id\"\npopulation = \"is_test\"\n[tables.u.populations.true]\ndisposable = true\nids = "
      "\"9..\"\n"
      "[tables.u.populations.f]\nids = \"..8\"\n");
  table_.kind = Kind::boolean;
  row("t", 9), row("f", 8);
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(CensusTest, AnOverlapIsSaidInTheContractsWordsAndItsAdviceFitsTheIds) {
  use("[tables.u]\nid = \"id\"\npopulation = \"is_test\"\n[tables.u.populations.true]\ndisposable = true\n"
      "[tables.u.populations.false]\nids = \"1..100\"\n");
  table_.kind = Kind::boolean;
  table_.id.base = "int4";
  row("t", 9), row("f", 8), row("f", 10);
  EXPECT_THAT(rules(), ElementsAre("id-spaces-overlap"));
  EXPECT_THAT(findings_.front().message, HasSubstr("of true"));
  EXPECT_THAT(findings_.front().advice, HasSubstr("1840700270..2147483647"));
}

}  // namespace
}  // namespace guard
