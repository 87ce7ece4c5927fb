#include "forecast/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "forecast/json.h"
#include "report/text.h"

namespace forecast {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Night quiet_night(int number) {
  return {.number = number,
          .probes = {{.name = "oauth signup",
                      .runs = 12,
                      .landed = 12,
                      .first = rehearse::Landing{"public.users", std::to_string(-12 * number + 11), "oauth"},
                      .last = rehearse::Landing{"public.users", std::to_string(-12 * number), "oauth"}}}};
}

Forecast quiet(int nights) {
  Forecast forecast{.program = "pgrehearse 0.1.0",
                    .source = "app@db:5432/shop",
                    .contract_file = "pgrehearse.toml",
                    .covered = {{"public.users", {"id", "auth_source", "test"}}},
                    .scripts = {{.name = "cleanup.sql"}},
                    .nights_asked = nights};
  for (int number = 1; number <= nights; ++number) forecast.nights.push_back(quiet_night(number));
  return forecast;
}

Forecast broken(rehearse::Finding what, By by = By::script) {
  Forecast forecast = quiet(3);
  forecast.nights.back().findings = {
      {.what = std::move(what), .by = by, .file = "cleanup.sql", .line = 4, .words = "DELETE FROM users"}};
  return forecast;
}

rehearse::Finding deleted() {
  return {.rule = "protected-deleted",
          .statement = 1,
          .table = "public.users",
          .rows = 2,
          .message = "2 oauth rows of public.users are deleted",
          .ids = {"-25", "-26"},
          .population = "oauth"};
}

std::string text(const Forecast& forecast) {
  return report::to_text(to_document(forecast), {.columns = 120});
}

TEST(ForecastDocument, SaysInWhichNightWhoIsLostFirstAndWhatToDo) {
  EXPECT_THAT(text(broken(deleted())),
              AllOf(HasSubstr("BREAKS in night 3 — first real row deleted, public.users.id = -25 (oauth)"),
                    HasSubstr("2 nights before it kept the contract"), HasSubstr("cleanup.sql:4"),
                    HasSubstr("WHERE auth_source = 'test'"), Not(HasSubstr("How far things moved"))));
}

TEST(ForecastDocument, AdvisesNobodyToDoWhatTheScriptDoes) {
  Forecast forecast = broken(deleted());
  forecast.nights.back().findings.front().words = "DELETE FROM users WHERE auth_source = 'test'";
  const std::string shown = text(forecast);
  EXPECT_THAT(shown, AllOf(HasSubstr("an upsert does it without a word"), Not(HasSubstr("Delete by what a row is"))));
}

TEST(ForecastDocument, SpeaksOfARowWithoutAPopulationOnlyWhereNoOtherIsLost) {
  rehearse::Finding unpopulated = deleted();
  unpopulated.ids = {"-24"};
  unpopulated.population = rehearse::no_population;
  Forecast forecast = broken(unpopulated);
  EXPECT_THAT(text(forecast), HasSubstr("night 3 — first row without a population deleted, public.users.id = -24"));
  forecast.nights.back().findings.push_back({.what = deleted()});
  EXPECT_THAT(text(forecast), HasSubstr("night 3 — first real row deleted, public.users.id = -25 (oauth)"));
}

TEST(ForecastDocument, NamesTheProbeThatFails) {
  const auto forecast =
      broken({.rule = "probe-failed", .table = "oauth signup", .message = "the probe “oauth signup” fails"}, By::probe);
  EXPECT_THAT(text(forecast), HasSubstr("BREAKS in night 3 — the probe “oauth signup” fails"));
}

TEST(ForecastDocument, OfAYearIsAFewLinesOfNights) {
  Forecast forecast = quiet(365);
  forecast.trends.sequences = {{.sequence = "public.web_user_id_seq",
                                .population = "oauth",
                                .per_night = 12,
                                .first = 1,
                                .next = 4381,
                                .reach = Reach{"test", -50'532, 4'211}}};
  const std::string shown = text(forecast);
  EXPECT_THAT(shown, AllOf(HasSubstr("HOLDS for 365 nights"), HasSubstr("2–364"), HasSubstr("-13 … -4368"),
                           HasSubstr("moves 12 a night and would reach the id space of test in night 4,211"),
                           HasSubstr("extrapolated")));
  EXPECT_LT(std::count(shown.begin(), shown.end(), '\n'), 45);
}

TEST(ForecastJson, BreaksExactlyWhereTheLastNightHasFindings) {
  const auto holds = nlohmann::json::parse(to_json(quiet(2)));
  EXPECT_EQ(holds["verdict"], "holds");
  EXPECT_TRUE(holds["broke_in"].is_null());
  EXPECT_EQ(holds["nights"].size(), 2u);
  EXPECT_EQ(holds["nights"][1]["probes"][0]["last"]["id"], "-24");
  const auto breaks = nlohmann::json::parse(to_json(broken(deleted())));
  EXPECT_EQ(breaks["version"], 1);
  EXPECT_EQ(breaks["verdict"], "breaks");
  EXPECT_EQ(breaks["broke_in"], 3);
  EXPECT_EQ(breaks["nights"][2]["findings"][0]["by"], "script");
  EXPECT_EQ(breaks["nights"][2]["findings"][0]["population"], "oauth");
}

}  // namespace
}  // namespace forecast
