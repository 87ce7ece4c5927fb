#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "contract/contract.h"

namespace contract {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

TEST(IdRange, IsReadWithOpenAndClosedEnds) {
  const auto expect = [](std::string_view text, std::int64_t low, std::int64_t high) {
    const IdRange range = parse_id_range(text);
    EXPECT_EQ(range.low, low) << text;
    EXPECT_EQ(range.high, high) << text;
  };
  expect("1..4503599627370495", 1, 4503599627370495);
  expect("..-1", lowest, -1);
  expect("4503599627370496..", 4503599627370496, highest);
  expect("-5..-2", -5, -2);
  expect("7", 7, 7);
  expect(" 1 .. 9 ", 1, 9);
  expect("-9223372036854775808..9223372036854775807", lowest, highest);
}

TEST(IdRange, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "..",
                           "a",
                           "1..b",
                           "9..1",
                           "1...5",
                           "1..2..3",
                           "1-5",
                           "1,2",
                           "-",
                           "--1",
                           "+1",
                           "1.5",
                           "0x10",
                           "1e3",
                           "1 2",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "1..99999999999999999999"}) {
    try {
      parse_id_range(text);
      ADD_FAILURE() << text;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::contract);
      EXPECT_THAT(error.message(), testing::HasSubstr(text));
    }
  }
}

TEST(IdRange, WritesWhatItReads) {
  for (const char* text : {"1..9", "..-1", "20..", "7", "-9223372036854775808", "9223372036854775807"}) {
    EXPECT_EQ(parse_id_range(text).text(), text);
  }
}

TEST(IdRange, HoldsBothItsEnds) {
  const IdRange range{1, 3};
  EXPECT_TRUE(range.contains(1) && range.contains(3));
  EXPECT_FALSE(range.contains(0) || range.contains(4));
}

TEST(IdSpace, HoldsEveryIdWithoutRanges) {
  EXPECT_TRUE(IdSpace{}.contains(lowest));
  EXPECT_FALSE((IdSpace{{{1, 3}, {7, 9}}}.contains(5)));
  EXPECT_TRUE((IdSpace{{{1, 3}, {7, 9}}}.contains(8)));
}

TEST(IdSpace, TellsTheFirstRangeThatBothHold) {
  const IdSpace space{{{1, 3}, {7, 9}}};
  const auto common = space.overlap({{{3, 7}}});
  ASSERT_TRUE(common);
  EXPECT_EQ(common->text(), "3");
  EXPECT_FALSE(space.overlap({{{4, 6}, {10, highest}}}));
  EXPECT_EQ(space.overlap({{{lowest, highest}}})->text(), "1..3");
}

TEST(IdSpace, WithoutRangesOverlapsNothing) {
  EXPECT_FALSE(IdSpace{}.overlap({{{1, 3}}}));
  EXPECT_FALSE((IdSpace{{{1, 3}}}.overlap({})));
}

TEST(IdSpace, IsWrittenAsAList) {
  EXPECT_EQ((IdSpace{{{1, 9}, {20, highest}}}.text()), "1..9, 20..");
}

}  // namespace
}  // namespace contract
