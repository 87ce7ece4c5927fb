#include "rehearse/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "rehearse/sample_plan.h"

namespace rehearse {
namespace {

TEST(PlanJson, SaysWhatItWasGivenWhenReadAgain) {
  const std::string once = to_json(sample_plan());
  EXPECT_EQ(to_json(plan_from_json(once)), once);
}

TEST(PlanJson, BreaksExactlyWhereThereAreFindings) {
  Plan plan = sample_plan();
  EXPECT_EQ(nlohmann::json::parse(to_json(plan))["verdict"], "breaks");
  plan.findings.clear();
  EXPECT_EQ(nlohmann::json::parse(to_json(plan))["verdict"], "keeps");
}

TEST(PlanJson, CarriesTheKeysOfItsSpecification) {
  const auto json = nlohmann::json::parse(to_json(sample_plan()));
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["effects"][0]["populations"][0]["protected"], true);
  EXPECT_EQ(json["sequences"][0]["before"], nullptr);
  EXPECT_EQ(json["probes"][0]["landed"][0]["id"], "-91111112");
  EXPECT_EQ(json["statements"][0]["upserts"][0]["columns"][0], "plan");
}

TEST(PlanJson, RefusesAnotherVersionAndWhatIsNoPlan) {
  std::string newer = to_json(sample_plan());
  newer.replace(newer.find("\"version\": 1"), 12, "\"version\": 2");
  EXPECT_THROW(plan_from_json(newer), base::Error);
  EXPECT_THROW(plan_from_json("{}"), base::Error);
  EXPECT_THROW(plan_from_json("[1, 2"), base::Error);
  EXPECT_THROW(plan_from_json("{\"version\": \"1\"}"), base::Error);
}

TEST(PlanJson, KeepsBytesThatAreNotUtf8FromBreakingTheDocument) {
  Plan plan = sample_plan();
  plan.effects[0].samples.deleted = {"caf\xE9"};
  EXPECT_NO_THROW(nlohmann::json::parse(to_json(plan)));
}

}  // namespace
}  // namespace rehearse
