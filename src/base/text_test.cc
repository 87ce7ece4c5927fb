#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

TEST(WithCommas, GroupsByThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(with_commas(-999), "-999");
  EXPECT_EQ(with_commas(-91111101), "-91,111,101");
  EXPECT_EQ(with_commas(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(CountOf, AgreesInNumber) {
  EXPECT_EQ(count_of(0, "row"), "0 rows");
  EXPECT_EQ(count_of(1, "row"), "1 row");
  EXPECT_EQ(count_of(1234, "row"), "1,234 rows");
  EXPECT_EQ(count_of(2, "entry", "entries"), "2 entries");
  EXPECT_EQ(count_of(1, "entry", "entries"), "1 entry");
}

TEST(HumanBytes, ChoosesTheUnitAndNeverShows1024) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes((1U << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_bytes(942ULL << 20), "942.0 MiB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(OneLine, FoldsWhiteSpaceIntoOneBlank) {
  EXPECT_EQ(one_line("  DELETE\n\t FROM  users\r\n", 100), "DELETE FROM users");
  EXPECT_EQ(one_line("a\xC2\xA0\xE2\x80\xA8z", 100), "a z");
  EXPECT_EQ(one_line("", 10), "");
  EXPECT_EQ(one_line(" \n ", 10), "");
}

TEST(OneLine, CutsAtCodePointsAndMarksTheCut) {
  EXPECT_EQ(one_line("abcdef", 6), "abcdef");
  EXPECT_EQ(one_line("abcdef", 3), "abc…");
  EXPECT_EQ(one_line("привет", 3), "при…");
  EXPECT_EQ(one_line("ab cd", 2), "ab…");
  EXPECT_EQ(one_line("ab cd", 3), "ab…");
  EXPECT_EQ(one_line("ab   ", 2), "ab");
  EXPECT_EQ(one_line("abc", 0), "…");
  EXPECT_EQ(one_line("", 0), "");
}

TEST(OneLine, LetsNothingSteerTheTerminal) {
  EXPECT_EQ(one_line("a\x1b[2Jb", 100), "a\uFFFD[2Jb");
  EXPECT_EQ(one_line(std::string_view("a\0b", 3), 100), "a\uFFFDb");
  EXPECT_EQ(one_line("a\x7F"
                     "b",
                     100),
            "a\uFFFDb");
  EXPECT_EQ(one_line("a\xC2\x9B"
                     "31mb",
                     100),
            "a\uFFFD31mb");
  EXPECT_EQ(one_line("a\u202Eb", 100), "a\uFFFDb");
  EXPECT_EQ(one_line("a\xFF"
                     "b",
                     100),
            "a\uFFFDb");
}

TEST(Utf8, AcceptsEveryWellFormedLength) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a"));
  EXPECT_TRUE(is_utf8("\xC2\x80\xDF\xBF"));
  EXPECT_TRUE(is_utf8("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"));
  EXPECT_TRUE(is_utf8("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesOverlongSurrogatesStraysAndCuts) {
  for (const char* text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xF0\x9F\x92",
                           "\xC2"
                           "a"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(std::string(text));
    EXPECT_TRUE(is_utf8(to_valid_utf8(text)));
  }
}

TEST(Utf8, ReplacesEachIllFormedSequenceOnce) {
  EXPECT_EQ(to_valid_utf8("ok"), "ok");
  EXPECT_EQ(to_valid_utf8("\xE2\x82"
                          "x"),
            "\uFFFDx");
  EXPECT_EQ(to_valid_utf8("a\xF0\x9F\x92"), "a\uFFFD");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(to_valid_utf8("\xC2\xC2\xA9"), "\uFFFD\u00A9");
}

TEST(LowerCase, TakesLettersOfAsciiAlone) {
  EXPECT_EQ(lower_case("DELETE From Ü_9"), "delete from Ü_9");
  EXPECT_TRUE(contains_ignoring_case("create TEMP table", "temp"));
  EXPECT_FALSE(contains_ignoring_case("tem p", "temp"));
}

TEST(SomeOf, CountsWhatItDoesNotName) {
  EXPECT_EQ(some_of({}, 2), "");
  EXPECT_EQ(some_of({"a", "b"}, 2), "a, b");
  EXPECT_EQ(some_of({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

}  // namespace
}  // namespace base
