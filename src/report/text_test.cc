#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace report {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::StartsWith;

std::string text(std::vector<Block> blocks, int columns = 60, bool colour = false) {
  return to_text({.title = "", .blocks = std::move(blocks)}, {.columns = columns, .colour = colour});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::size_t> widths_of(const std::string& text) {
  std::vector<std::size_t> widths;
  for (const std::string& line : lines_of(text)) widths.push_back(display_width(line));
  return widths;
}

Table table_of(std::vector<Table::Column> columns, std::vector<std::vector<std::string>> rows) {
  Table table{.columns = std::move(columns), .rows = {}};
  for (const auto& row : rows) {
    Table::Row shown;
    for (const std::string& cell : row) shown.cells.push_back({{cell}});
    table.rows.push_back(std::move(shown));
  }
  return table;
}

TEST(Width, CountsCellsAndNotBytes) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("naïve"), 5U);
  EXPECT_EQ(display_width("测试"), 4U);
  EXPECT_EQ(display_width("ｆｕｌｌ"), 8U);
  EXPECT_EQ(display_width("한글"), 4U);
  EXPECT_EQ(display_width("😀"), 2U);
  EXPECT_EQ(display_width("─ ✗ …"), 5U);
}

TEST(Width, GivesCombiningAndJoiningMarksNone) {
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("\u200B"), 0U);
  EXPECT_EQ(display_width("\u0E01\u0E34"), 1U);        // Thai
  EXPECT_EQ(display_width("\u1112\u1161\u11AB"), 2U);  // one Hangul syllable in three letters
}

TEST(Width, CountsEveryIllFormedSequenceAsOneReplacement) {
  EXPECT_EQ(display_width("a\xFF\xC3"), 3U);
}

TEST(Text, OfNothingIsNothing) {
  EXPECT_EQ(text({}), "");
}

TEST(Text, WrapsParagraphsAtTheWindow) {
  EXPECT_EQ(text({Paragraph{{{"one two three four five six"}}}}, 20), "  one two three four\n  five six\n");
}

TEST(Text, KeepsAWordThatFitsNowhereWhole) {
  EXPECT_EQ(text({Paragraph{{{"a 0123456789012345678901234567 b"}}}}, 20),
            "  a\n  0123456789012345678901234567\n  b\n");
}

TEST(Text, BreaksBetweenIdeographs) {
  const std::string shown = text({Paragraph{{{"测试用户测试用户测试用户"}}}}, 20);
  EXPECT_EQ(shown, "  测试用户测试用户测\n  试用户\n");
}

TEST(Text, NeverTearsACombiningMarkFromItsLetter) {
  const std::string letter = "e\u0301";
  std::string word;
  for (int i = 0; i < 30; ++i) word += letter;
  for (const std::string& line : lines_of(text({Code{"", word}}, 20))) {
    EXPECT_THAT(line, StartsWith("  │ " + letter));
  }
}

TEST(Text, HangsBulletsAndPairs) {
  EXPECT_EQ(text({Bullets{{{{"one two three four five"}}, {{"six"}}}}}, 20),
            "  • one two three\n    four five\n  • six\n");
  EXPECT_EQ(text({Pairs{{{"a", {{"one two three four five"}}}, {"label", {{"six"}}}}}}, 24),
            "  a      one two three\n         four five\n  label  six\n");
}

TEST(Text, SeparatesBlocksByOneEmptyLineAndStartsWithNone) {
  EXPECT_EQ(text({Paragraph{{{"a"}}}, Paragraph{{{"b"}}}}), "  a\n\n  b\n");
  EXPECT_EQ(text({Heading{3, "a"}, Paragraph{{{"b"}}}}), "a\n  b\n");
}

TEST(Text, IndentsASectionsBlocksBelowItsSummaryEvenWhereItIsFolded) {
  const Section section{.summary = {{"summary"}}, .open = false, .blocks = {Paragraph{{{"a"}}}, Paragraph{{{"b"}}}}};
  EXPECT_EQ(text({section, section}), "  summary\n    a\n\n    b\n\n  summary\n    a\n\n    b\n");
}

TEST(Text, AlignsNumbersToTheRight) {
  const Table table = table_of({{"table"}, {"rows", Align::right}}, {{"users", "1,000"}, {"t", "1"}});
  EXPECT_EQ(text({table}), "  table    rows\n  ─────────────\n  users   1,000\n  t           1\n");
}

TEST(Text, AlignsWideCharacters) {
  const Table table = table_of({{"t"}, {"n", Align::right}}, {{"测试", "1"}, {"e\u0301", "22"}});
  EXPECT_EQ(text({table}), "  t       n\n  ─────────\n  测试    1\n  e\u0301      22\n");
}

TEST(Text, IndentsRowsThatBelongToTheOneAbove) {
  Table table = table_of({{"t"}, {"n", Align::right}}, {{"users", "3"}, {"test", "2"}});
  table.rows[1].indent = 1;
  EXPECT_EQ(lines_of(text({table})).back(), "    test   2");
}

TEST(Text, ShowsNoTitlesWhereAllAreEmpty) {
  EXPECT_EQ(text({table_of({{""}, {""}}, {{"a", "b"}})}), "  a   b\n");
}

TEST(Text, ToleratesRowsOfAnotherLength) {
  EXPECT_EQ(text({table_of({{"a"}, {"b"}}, {{"1"}, {"1", "2", "3"}, {}})}), "  a   b\n  ─────\n  1\n  1   2\n\n");
  EXPECT_EQ(text({table_of({}, {{"1"}})}), "");
}

TEST(Text, CutsTheWidestLeftAlignedCellsFirst) {
  const Table table = table_of({{"table"}, {"rows", Align::right}, {"ids"}},
                               {{"public.users", "1,234,567", "-91111101, -91111102, -91111103, -91111104"}});
  EXPECT_EQ(lines_of(text({table}, 50)).back(), "  public.users  1,234,567  -91111101, -91111102, …");
  EXPECT_THAT(text({table}, 30), HasSubstr("1,234,567"));
}

TEST(Text, WrapsCellsOfColumnsThatAskForIt) {
  const Table table =
      table_of({{"night", Align::right}, {"what", Align::left, true}, {"rows", Align::right}},
               {{"1", "deletes test of public.users, deletes oauth of public.users", "7"}, {"2", "the same", "8"}});
  EXPECT_THAT(lines_of(text({table}, 50)), ElementsAre("  night  what                                 rows",
                                                       "  ────────────────────────────────────────────────",
                                                       "      1  deletes test of public.users,           7",
                                                       "         deletes oauth of public.users",
                                                       "      2  the same                                8"));
}

TEST(Text, IsNeverWiderThanTheWindow) {
  const std::string wide = "日本語テキスト😀 with some words in it, and-then-a-long-one";
  for (int columns = 20; columns <= 130; ++columns) {
    Table table = table_of({{"a title"}, {"number", Align::right}, {"another title", {}, true}, {""}},
                           {{wide, "1,234,567", wide, wide}, {"x", "1", "y", ""}});
    const std::string shown = text({Heading{1, wide}, Heading{2, wide}, Banner{Tone::bad, wide, {wide}}, table,
                                    Code{"a title", wide + wide}, Section{{{"s"}}, true, {table, Code{"", wide}}}},
                                   columns);
    EXPECT_THAT(widths_of(shown), Each(Le(static_cast<std::size_t>(columns)))) << shown;
  }
}

TEST(Text, SurvivesMoreColumnsThanTheWindowHasRoomFor) {
  const Table table = table_of(std::vector<Table::Column>(40, {"title"}), {std::vector<std::string>(40, "value")});
  EXPECT_THAT(widths_of(text({table}, 20)), Each(Le(20U)));
}

TEST(Text, KeepsProseReadableInAWideWindow) {
  std::string words;
  for (int i = 0; i < 100; ++i) words += "word ";
  EXPECT_THAT(widths_of(text({Paragraph{{{words}}}}, 300)), Each(Le(100U)));
}

TEST(Text, NeutralisesWhatWouldSteerATerminal) {
  const std::string shown = text({Paragraph{{{"a\x1b[31mb\x07\x7f\xC2\x9B c\u202Ed\xFF"}}}});
  EXPECT_EQ(shown, "  a\uFFFD[31mb\uFFFD\uFFFD\uFFFD c\uFFFDd\uFFFD\n");
}

TEST(Text, NeutralisesEveryPlaceWhereAValueCanStand) {
  const std::string evil = "\x1b]0;owned\x07\r";
  const Line line{{evil}};
  const std::string shown = text({Banner{Tone::bad, evil, {evil}}, Heading{1, evil}, Heading{2, evil}, Paragraph{line},
                                  Bullets{{line}}, Table{{{evil}}, {{{line}}}}, Pairs{{{evil, line}}}, Code{evil, evil},
                                  Section{line, true, {Paragraph{line}}}});
  for (const char c : {'\x1b', '\x07', '\r'}) EXPECT_EQ(shown.find(c), std::string::npos);
}

TEST(Text, ShowsLineBreaksInValuesAsBlanks) {
  EXPECT_EQ(text({Paragraph{{{"a\nb\r\nc\td"}}}}), "  a b c d\n");
}

TEST(Text, KeepsTheShapeOfCode) {
  EXPECT_EQ(text({Code{"f.sql:1", "BEGIN;\r\n\tx\n\n  y;\n\n"}}), "  f.sql:1\n  │ BEGIN;\n  │     x\n  │\n  │   y;\n");
}

TEST(Text, BreaksCodeThatIsTooLongWithoutLosingAnyOfIt) {
  EXPECT_EQ(text({Code{"", "0123456789 123456789 123456789"}}, 20), "  │ 0123456789 12345\n  │ 6789 123456789\n");
}

TEST(Text, WithoutColourHasNoEscapeSequences) {
  EXPECT_THAT(text({Banner{Tone::bad, "B", {"d"}}, Paragraph{{{"a", Tone::bad}, {"b", Tone::muted}}}}),
              Not(HasSubstr("\x1b")));
}

TEST(Text, SwitchesEveryColourOffAtTheEndOfItsStretch) {
  EXPECT_EQ(text({Paragraph{{{"a", Tone::good}, {"b"}, {"c d", Tone::muted}}}}, 60, true),
            "  \x1b[32ma\x1b[0mb\x1b[2mc d\x1b[0m\n");
  for (const std::string& line : lines_of(text({Banner{Tone::bad, "headline", {"one", "two"}}}, 20, true))) {
    EXPECT_THAT(line, testing::ContainsRegex("\x1b\\[0m[^\x1b]*$"));
  }
}

TEST(Text, FramesTheVerdictWhereThereIsNoColour) {
  EXPECT_THAT(
      lines_of(text({Banner{Tone::bad, "BREAKS", {"a detail"}}}, 20)),
      ElementsAre("┏━━━━━━━━━━━━━━━━━━┓", "┃ ✗ BREAKS         ┃", "┃   a detail       ┃", "┗━━━━━━━━━━━━━━━━━━┛"));
}

}  // namespace
}  // namespace report
