#include "guard/mints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
ids = "-1000000000..-1"
minted_by = "-web_user_id_seq"
[tables.users.populations.test]
ids = "4503599627370496.."
disposable = true
minted_by = "test_seq"
)";

class MintTest : public testing::Test {
 protected:
  MintTest() : contract_(contract::parse(shop, "c.toml")) {
    table_.declared = &contract_.tables.front();
    table_.schema = "public";
    table_.name = "users";
  }

  MintFacts oauth(std::int64_t next, std::int64_t rows) const {
    MintFacts facts{.table = &table_, .population = table_.find("oauth"), .negated = true};
    facts.name = "public.web_user_id_seq";
    facts.next = next;
    facts.minted = {rows, true, -next, -1};
    return facts;
  }

  // The default's own sequence, which no population declares.
  MintFacts serial(std::int64_t next) const {
    MintFacts facts{.table = &table_};
    facts.name = "public.users_id_seq";
    facts.next = next;
    return facts;
  }

  std::vector<std::string> rules(const MintFacts& facts) {
    findings_.clear();
    judge_mint(facts, findings_);
    std::vector<std::string> names;
    for (const Finding& finding : findings_) names.push_back(finding.rule);
    return names;
  }

  contract::Contract contract_;
  BoundTable table_;
  Findings findings_;
};

TEST_F(MintTest, ASequenceThatItsRowsAccountForIsNoFinding) {
  EXPECT_THAT(rules(oauth(1205, 1204)), IsEmpty());
  EXPECT_THAT(rules(oauth(9'000, 0)), IsEmpty()) << "roll-backs and deletions explain some";
  EXPECT_THAT(rules(oauth(1'000'000, 150'000)), IsEmpty());
}

TEST_F(MintTest, TheIncidentsSignatureIsFound) {
  EXPECT_THAT(rules(oauth(91'111'110, 1'204)), ElementsAre("sequence-far-ahead"));
  EXPECT_THAT(findings_.front().message, HasSubstr("91,111,110"));
  EXPECT_THAT(findings_.front().message, HasSubstr("1,204 rows"));
  EXPECT_THAT(findings_.front().message, HasSubstr("deleted since")) << "which of the two it was, nobody can see";
  EXPECT_EQ(findings_.front().rows, 1'204);
  EXPECT_EQ(findings_.front().severity, Severity::error);
}

TEST_F(MintTest, ASequenceThatMintedTheRowsRightBeforeItIsNoError) {
  MintFacts facts = oauth(20'000'501, 511);
  facts.recent = 100;
  EXPECT_THAT(rules(facts), ElementsAre("sequence-far-ahead"));
  EXPECT_EQ(findings_.front().severity, Severity::warning);
  EXPECT_EQ(facts.behind().low, -20'000'500);
  EXPECT_EQ(facts.behind().high, -20'000'401);
  facts.recent = 10;
  EXPECT_FALSE(facts.dense());
}

TEST_F(MintTest, ASequenceThatStartsHighIsNotFarAhead) {
  MintFacts facts{.table = &table_, .population = table_.find("test")};
  facts.start = 4503599627370496;
  facts.next = 4503599627370500;
  facts.minted.rows = 4;
  EXPECT_THAT(rules(facts), IsEmpty());
}

TEST_F(MintTest, ANextValueInAnotherPopulationsSpaceIsFound) {
  MintFacts facts{.table = &table_, .population = table_.find("test")};
  facts.next = 5;
  EXPECT_THAT(rules(facts), ElementsAre("sequence-into-population"));
  EXPECT_THAT(findings_.front().message, HasSubstr("telegram"));
}

TEST_F(MintTest, ANextValueOutsideOfItsSpaceIsFound) {
  EXPECT_THAT(rules(oauth(1'000'000'001, 999'999'999)), ElementsAre("sequence-into-population"));
}

TEST_F(MintTest, TheEndOfTheSpaceIsSeenComing) {
  EXPECT_THAT(rules(oauth(999'999'990, 900'000'000)), ElementsAre("sequence-near-population"));
  EXPECT_EQ(findings_.front().severity, Severity::warning);
}

TEST_F(MintTest, ARowOfAnotherPopulationOnTheWayIsFound) {
  MintFacts facts = oauth(1195, 1194);
  facts.own = facts.stranger = Obstacle{-1195, "test"};
  EXPECT_THAT(rules(facts), ElementsAre("sequence-near-population"));
  EXPECT_THAT(findings_.front().message, HasSubstr("at the very next draw"));
}

TEST_F(MintTest, AnIdOfItsOwnPopulationOnTheWayIsAWarning) {
  MintFacts facts = oauth(100, 200);
  facts.own = Obstacle{-103, "oauth"};
  EXPECT_THAT(rules(facts), ElementsAre("sequence-behind-rows"));
  EXPECT_THAT(findings_.front().message, HasSubstr("after 3 more draws"));
}

TEST_F(MintTest, ASequenceThatNobodyDeclaresMayGoAnywhereButIntoDisposableSpace) {
  EXPECT_THAT(rules(serial(1)), IsEmpty());
  EXPECT_THAT(rules(serial(4503599627370496)), ElementsAre("sequence-into-population"));
  EXPECT_THAT(rules(serial(4503599627370490)), ElementsAre("sequence-near-population"));
}

TEST_F(MintTest, TheEndsOfInt64AreNoTrap) {
  MintFacts facts = oauth(std::numeric_limits<std::int64_t>::max(), 0);
  EXPECT_FALSE(rules(facts).empty());
  facts = oauth(std::numeric_limits<std::int64_t>::min(), 0);
  facts.start = std::numeric_limits<std::int64_t>::max();
  facts.increment = -1;
  EXPECT_FALSE(rules(facts).empty());
  facts.increment = std::numeric_limits<std::int64_t>::min();
  rules(facts);
}

}  // namespace
}  // namespace guard
