#include "forecast/night_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace forecast {
namespace {

using testing::HasSubstr;

contract::Contract contract_with(const std::vector<std::string>& probes) {
  contract::Contract contract{.file = "pgrehearse.toml"};
  for (const std::string& name : probes) contract.probes.push_back({.name = name, .sql = "SELECT 1"});
  return contract;
}

std::string refused(const std::vector<std::string>& specs, const contract::Contract& contract) {
  try {
    parse_night(specs, contract);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::usage);
    return error.message() + "\n" + error.hint();
  }
  return "";
}

TEST(NightSpec, IsCutAtTheLastEqualsSignSoThatNamesMayHoldOthers) {
  const auto contract = contract_with({"oauth signup", "a=b", "=", ""});
  const auto night = parse_night({"a=b=3", "oauth signup=12", "==4", "=5"}, contract);
  ASSERT_EQ(night.size(), 4u);
  EXPECT_EQ(night[0].probe, &contract.probes[1]);
  EXPECT_EQ(night[0].count, 3);
  EXPECT_EQ(night[1].probe, &contract.probes[0]);
  EXPECT_EQ(night[1].count, 12);
  EXPECT_EQ(night[2].probe->name, "=");
  EXPECT_EQ(night[3].probe->name, "");
}

TEST(NightSpec, NamesTheDeclaredProbesWhereOneIsUnknown) {
  EXPECT_THAT(refused({"signup=1"}, contract_with({"login", "oauth signup"})), HasSubstr("“login”, “oauth signup”"));
  EXPECT_THAT(refused({"signup=1"}, contract_with({})), HasSubstr("declares none"));
  EXPECT_THAT(refused({}, contract_with({"login"})), HasSubstr("“login”"));
}

TEST(NightSpec, RefusesEveryCountThatIsNoWholeNumberInRange) {
  for (const char* count : {"", "0", "-1", "+1", "1.5", "1x", " 1", "0x1", "100001", "99999999999999999999"}) {
    EXPECT_THAT(refused({std::string("login=") + count}, contract_with({"login"})), HasSubstr("whole number")) << count;
  }
  EXPECT_EQ(parse_night({"login=100000"}, contract_with({"login"}))[0].count, 100'000);
}

TEST(NightSpec, RefusesAProbeThatIsNamedTwice) {
  EXPECT_THAT(refused({"login=1", "login=2"}, contract_with({"login"})), HasSubstr("twice"));
}

}  // namespace
}  // namespace forecast
