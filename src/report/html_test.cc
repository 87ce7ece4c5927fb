#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string html(std::vector<Block> blocks) {
  return to_html({.title = "t", .blocks = std::move(blocks)});
}

// What stands between the tags of the page's <main>.
std::string body(std::vector<Block> blocks) {
  const std::string page = html(std::move(blocks));
  const std::size_t begin = page.find("<main>\n") + 7;
  return page.substr(begin, page.find("</main>") - begin);
}

TEST(Html, AllowsNothingFromElsewhere) {
  const std::string page = html({Heading{1, "t"}});
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
  for (const char* forbidden :
       {"<script", "<link", "<img", "url(", "@import", "http://", "https://", "src=", "href="}) {
    EXPECT_THAT(page, Not(HasSubstr(forbidden)));
  }
}

TEST(Html, EscapesEveryPlaceWhereAValueCanStand) {
  const std::string evil = "</style><script>alert('1')</script>\"&";
  const Line line{{evil}, {evil, Tone::bad, true}};
  const std::string page =
      to_html({.title = evil,
               .blocks = {Banner{Tone::bad, evil, {evil}}, Heading{1, evil}, Paragraph{line}, Bullets{{line}},
                          Table{{{evil}, {evil, Align::right}}, {{{line, line}}}}, Pairs{{{evil, line}}},
                          Code{evil, evil}, Section{line, true, {Paragraph{line}}}}});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("alert('")));
  EXPECT_THAT(page, HasSubstr("<h1>&lt;/style&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;</h1>"));
  EXPECT_THAT(page, HasSubstr("aria-label=\"&lt;/style&gt;"));
}

TEST(Html, NeutralisesControlCharactersAndTurnedText) {
  EXPECT_EQ(body({Paragraph{{{std::string("a\0b\x1b\u202E\xC3(", 9)}}}}), "<p>a\uFFFDb\uFFFD\uFFFD\uFFFD(</p>\n");
}

TEST(Html, NamesTheRowAndColumnOfEveryCell) {
  EXPECT_EQ(body({Table{{{"table"}, {"rows", Align::right}}, {{{{{"users"}}, {{"3"}}}}, {{{{"test"}}, {{"2"}}}, 1}}}}),
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table>\n"
            "<thead><tr><th scope=\"col\">table</th><th scope=\"col\" class=\"right\">rows</th></tr></thead>\n"
            "<tbody>\n"
            "<tr><th scope=\"row\">users</th><td class=\"right\">3</td></tr>\n"
            "<tr class=\"part\" style=\"--depth:1\"><th scope=\"row\">test</th><td class=\"right\">2</td></tr>\n"
            "</tbody>\n</table></div>\n");
}

TEST(Html, NamesATableAfterItsHeading) {
  EXPECT_THAT(body({Heading{2, "Sequences"}, Table{{{"a"}}, {}}}), HasSubstr("aria-label=\"Sequences\""));
}

TEST(Html, ToleratesRowsOfAnotherLength) {
  EXPECT_THAT(body({Table{{{"a"}, {""}}, {{{}}, {{{{"1"}}, {{"2"}}, {{"3"}}}}}}}),
              HasSubstr("<th scope=\"col\">a</th><td></td></tr></thead>\n<tbody>\n<tr><td></td><td></td></tr>\n"
                        "<tr><th scope=\"row\">1</th><td>2</td></tr>\n"));
}

TEST(Html, FoldsSections) {
  EXPECT_THAT(body({Section{{{"s"}}, true, {}}}), HasSubstr("<details open><summary>s</summary>"));
  EXPECT_THAT(body({Section{{{"s"}}, false, {}}}), HasSubstr("<details><summary>s</summary>"));
}

TEST(Html, MarksTonesAndCode) {
  EXPECT_EQ(body({Paragraph{{{"a", Tone::bad}, {"b", Tone::strong}, {"c", Tone::muted, true}, {""}, {"d"}}}}),
            "<p><span class=\"bad\">a</span><strong>b</strong><span class=\"muted\"><code>c</code></span>d</p>\n");
}

TEST(Html, LeavesOutEmptyLists) {
  EXPECT_EQ(body({Bullets{}, Pairs{}, Table{}}), "");
}

TEST(Html, ClosesEveryElementInOrder) {
  const Line line{{"a", Tone::good, true}};
  const std::string page =
      html({Heading{9, "h"}, Banner{Tone::good, "b", {"d"}}, Bullets{{line}}, Pairs{{{"l", line}}},
            Section{line, false, {Section{line, true, {Table{{{"c"}}, {{{line}}}}}}}}, Code{"", "x"}});
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*>");
  for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
    const std::string name = (*at)[2];
    if (name == "meta") continue;
    if ((*at)[1].length() == 0) {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty());
    EXPECT_EQ(open.back(), name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

}  // namespace
}  // namespace report
