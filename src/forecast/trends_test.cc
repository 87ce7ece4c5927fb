#include "forecast/trends.h"

#include <gtest/gtest.h>

#include <limits>

namespace forecast {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

contract::Population population(const std::string& name, std::vector<contract::IdRange> ranges) {
  return {.name = name, .ids = {std::move(ranges)}};
}

contract::Table users(std::vector<contract::Population> populations) {
  return {.name = "users", .populations = std::move(populations)};
}

std::optional<Reach> reach(const contract::Table& table, std::int64_t id, bool up) {
  return next_foreign_id(table, table.populations.front(), id, up);
}

TEST(NextForeignId, IsTheFirstBeyondTheOwnSpaceAndSaysWhoseItIs) {
  const auto table = users({population("oauth", {{-1000, -1}}), population("test", {{lowest, -1001}})});
  const auto down = reach(table, -21, false);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->id, -1001);
  EXPECT_EQ(down->population, "test");
  const auto up = reach(table, -21, true);
  ASSERT_TRUE(up);
  EXPECT_EQ(up->id, 0);
  EXPECT_EQ(up->population, "");
}

TEST(NextForeignId, PassesFromOneRangeToTheNextWhereTheyTouch) {
  const auto table = users({population("oauth", {{11, 20}, {1, 10}})});
  EXPECT_EQ(reach(table, 5, true)->id, 21);
  EXPECT_EQ(reach(table, 15, false)->id, 0);
}

TEST(NextForeignId, IsNoneWhereTheSpaceGoesOnForEver) {
  const auto table = users({population("oauth", {{lowest, -1}}), population("test", {{100, highest}})});
  EXPECT_FALSE(reach(table, -5, false));
  EXPECT_FALSE(reach(users({population("oauth", {})}), 5, true));
}

TEST(NextForeignId, OfAPopulationThatMayHoldEveryIdIsTheNextSpaceOfAnother) {
  const auto table =
      users({population("oauth", {}), population("test", {{1000, 2000}}), population("qa", {{500, 600}})});
  const auto found = reach(table, 7, true);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, 500);
  EXPECT_EQ(found->population, "qa");
  EXPECT_EQ(reach(table, 700, true)->id, 1000);
  EXPECT_EQ(reach(table, 550, true)->id, 550);
  EXPECT_EQ(reach(table, 3000, false)->id, 2000);
}

TEST(NextForeignId, LeavesOutSpacesThatAreDeclaredToOverlap) {
  auto table = users({population("telegram", {{1, highest}}), population("test", {{1000, 2000}})});
  EXPECT_EQ(reach(table, 7, true)->id, 1000);
  table.populations[1].overlaps = {"telegram"};
  EXPECT_FALSE(reach(table, 7, true));
}

TEST(NightOf, IsTheNightInWhichTheIdIsMinted) {
  // 12 a night from 91111051 on: the 50th is the second of night 5, as the incident has it.
  EXPECT_EQ(night_of(91111051, 91111100, 12), 5);
  EXPECT_EQ(night_of(-91111051, -91111100, -12), 5);
  EXPECT_EQ(night_of(1, 12, 12), 1);
  EXPECT_EQ(night_of(1, 13, 12), 2);
  EXPECT_EQ(night_of(1, 10, 0.5), 19);
}

TEST(NightOf, IsNoneWhereNothingMovesOrItMovesAwayOrItTakesMoreThanACentury) {
  EXPECT_FALSE(night_of(1, 100, 0));
  EXPECT_FALSE(night_of(1, 100, -3));
  EXPECT_FALSE(night_of(1, highest, 12));
  EXPECT_TRUE(night_of(1, 36'500, 1));
  EXPECT_FALSE(night_of(1, 36'501, 1));
}

}  // namespace
}  // namespace forecast
