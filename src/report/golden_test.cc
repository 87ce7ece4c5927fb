#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "report/html.h"
#include "report/text.h"

namespace report {
namespace {

Span plain(const char* text) {
  return {text};
}
Span muted(const char* text) {
  return {text, Tone::muted};
}
Span bad(const char* text) {
  return {text, Tone::bad};
}
Span strong(const char* text) {
  return {text, Tone::strong};
}

Table::Row part(const char* name, Tone tone, const char* deleted) {
  return {{{{name, tone}}, {muted("·")}, {muted("·")}, {{deleted, tone}}, {}}, 1};
}

Table effects() {
  const Align right = Align::right;
  return {.columns = {{"table"}, {"inserted", right}, {"updated", right}, {"deleted", right}, {"ids"}},
          .rows = {{{{strong("public.users")},
                     {muted("·")},
                     {muted("·")},
                     {plain("13")},
                     {muted("-91111108, -91111106, -91111105, -91111104, -91111103, …")}}},
                   part("oauth", Tone::bad, "10"),
                   part("test", Tone::plain, "3"),
                   {{{strong("public.chat_sessions"), muted(" by cascade")},
                     {muted("·")},
                     {muted("·")},
                     {plain("1,204")},
                     {muted("5011, 5012, 5013, 5014, 5015, …")}}},
                   part("oauth", Tone::bad, "1,204")}};
}

// The incident, with every kind of block in it.
Document incident() {
  Document document{.title = "Rehearsal of cleanup.sql", .blocks = {}};
  auto& blocks = document.blocks;
  blocks.emplace_back(Heading{1, document.title});
  blocks.emplace_back(Banner{Tone::bad,
                             "BREAKS THE CONTRACT — 3 findings",
                             {"1,217 rows deleted, 0 updated, 0 inserted in 2 tables", "production was not touched"}});
  blocks.emplace_back(Heading{2, "Why"});
  blocks.emplace_back(Bullets{{
      {plain("deletes 10 rows of public.users that belong to the protected population oauth"),
       bad("  protected-deleted"), muted("  cleanup.sql:3")},
      {plain("takes 1,204 rows of public.chat_sessions, which the script never names, along by cascade from people of "
             "the "
             "protected population oauth"),
       bad("  protected-cascade"), muted("  cleanup.sql:3")},
      {plain("the probe “oauth signup” lands at -91111110, inside the range of ids that this statement deletes"),
       bad("  probe-in-range"), muted("  cleanup.sql:3")},
  }});
  blocks.emplace_back(Heading{2, "What is different in the end"});
  blocks.emplace_back(effects());
  blocks.emplace_back(Heading{2, "Statement by statement"});
  Section section{.summary = {strong("1  "),
                              muted("cleanup.sql:3  "),
                              {"DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100", Tone::plain, true}},
                  .open = true,
                  .blocks = {}};
  section.blocks.emplace_back(effects());
  section.blocks.emplace_back(
      Code{"cleanup.sql:3", "DELETE FROM users\n\tWHERE id BETWEEN -91111200\n\t  AND -91111100;\n"});
  blocks.emplace_back(std::move(section));
  blocks.emplace_back(
      Section{.summary = {strong("2  "), muted("cleanup.sql:7  "), {"INSERT INTO users …", Tone::plain, true}},
              .open = false,
              .blocks = {Bullets{{{bad("an upsert rewrote 1 existing row of public.users"),
                                   plain(" (1 telegram): plan, auth_source"), muted("  4711")}}}}});
  blocks.emplace_back(Heading{2, "Sequences moved"});
  blocks.emplace_back(Table{
      .columns = {{"sequence"}, {"before", Align::right}, {"after", Align::right}, {"rows", Align::right}},
      .rows = {{{{strong("public.web_user_id_seq")}, {plain("40211")}, {{"91111101", Tone::warning}}, {plain("1")}}}}});
  blocks.emplace_back(Heading{3, "In other words"});
  blocks.emplace_back(Paragraph{{plain("The sequence was dragged into the ids of test users, so that "),
                                 {"nextval", Tone::plain, true},
                                 plain(" now gives people ids that the nightly "
                                       "clean-up deletes. 测试用户 and real people 👩 share one space.")}});
  blocks.emplace_back(Banner{Tone::warning, "The image is 3 days old", {}});
  blocks.emplace_back(Heading{2, "Where this comes from"});
  blocks.emplace_back(Pairs{{{"source", {plain("postgresql://app:****@db.example/honeychat (PostgreSQL 16, as app)")}},
                             {"contract", {plain("pgrehearse.toml")}},
                             {"plan", {plain("cleanup.plan")}}}});
  blocks.emplace_back(Banner{Tone::good, "KEEPS THE CONTRACT", {"3 rows deleted"}});
  return document;
}

// Equal to the file's contents; with UPDATE_GOLDEN set the file is written instead.
void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(PGREHEARSE_SOURCE_DIR) + "/test/golden/report/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing: write it with UPDATE_GOLDEN=1 and read it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str());
}

TEST(Golden, TheIncidentOnATerminal) {
  expect_golden("incident.txt", to_text(incident(), {.columns = 100}));
}

TEST(Golden, TheIncidentInColour) {
  expect_golden("incident-colour.txt", to_text(incident(), {.columns = 100, .colour = true}));
}

TEST(Golden, TheIncidentInANarrowWindow) {
  expect_golden("incident-narrow.txt", to_text(incident(), {.columns = 56}));
}

TEST(Golden, TheIncidentInABrowser) {
  expect_golden("incident.html", to_html(incident()));
}

}  // namespace
}  // namespace report
