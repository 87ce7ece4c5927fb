#include "report/annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace report {
namespace {

using testing::HasSubstr;
using testing::Not;

Annotations sample() {
  return {.program = "pgrehearse 1.2",
          .suite = "pgrehearse audit",
          .rules = {{"outside-id-space", "rows lie outside", "delete them", Level::error}},
          .findings = {{.rule = "outside-id-space",
                        .level = Level::error,
                        .message = "2 rows <of> \"test\" & 100%,\nsecond line: \033[2J",
                        .remedy = "delete them",
                        .file = "a dir/pgrehearse.toml",
                        .line = 3,
                        .object = "public.users"},
                       {.rule = "foreign-key-cascades",
                        .level = Level::note,
                        .message = "a note",
                        .remedy = "nothing",
                        .file = "pgrehearse.toml"}}};
}

TEST(AnnotationsTest, SarifNamesTheObjectAndThePlaceInTheFile) {
  const auto log = nlohmann::json::parse(to_sarif(sample()));
  EXPECT_EQ(log["version"], "2.1.0");
  const auto& run = log["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["version"], "1.2");
  EXPECT_EQ(run["tool"]["driver"]["rules"][0]["id"], "outside-id-space");
  ASSERT_EQ(run["results"].size(), 2U);
  const auto& result = run["results"][0];
  EXPECT_EQ(result["level"], "error");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20dir/pgrehearse.toml");
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
  EXPECT_EQ(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "public.users");
  EXPECT_FALSE(run["results"][1]["locations"][0].contains("logicalLocations"));
}

TEST(AnnotationsTest, AWorkflowCommandIsOneLineAndCannotBeForged) {
  const std::string text = to_github(sample());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr("::error file=a dir/pgrehearse.toml,line=3,col=1,title=pgrehearse outside-id-space::"));
  EXPECT_THAT(text, HasSubstr("100%25,"));
  EXPECT_THAT(text, HasSubstr("::notice file=pgrehearse.toml"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
}

TEST(AnnotationsTest, JunitFailsForEachFindingButNotes) {
  const std::string text = to_junit(sample());
  EXPECT_THAT(text, HasSubstr("<testsuites tests=\"1\" failures=\"1\">"));
  EXPECT_THAT(text, HasSubstr("2 rows &lt;of&gt; &quot;test&quot; &amp; 100%"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, Not(HasSubstr("a note")));
}

TEST(AnnotationsTest, NoFindingIsATestThatPassed) {
  Annotations clean = sample();
  clean.findings.clear();
  EXPECT_THAT(to_junit(clean), HasSubstr("tests=\"1\" failures=\"0\""));
  EXPECT_THAT(to_junit(clean), HasSubstr("no findings"));
  EXPECT_EQ(to_github(clean), "");
  EXPECT_TRUE(nlohmann::json::parse(to_sarif(clean))["runs"][0]["results"].empty());
}

}  // namespace
}  // namespace report
