#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "contract/contract.h"

namespace contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view example = R"toml([redis]
url = "redis://cache:6379"

[stores.local]
url = "file:///var/backups/app"

[stores.offsite]
url = "s3://bucket/prefix"
endpoint = "https://s3.example.com"
region = "eu-central-1"
path_style = true
price_per_gb = 0.023

[tiers.hourly]
what = "dump"
every = "1h"
stores = ["local"]
keep = "48h"

[tiers.redis]
what = "redis"
every = "6h"
stores = ["local", "offsite"]
keep = "14d"
rpo = "12h"

[drill]
every = "7d"
rto = "15m"
checks = ["SELECT count(*) > 0 FROM users"]

[encryption]
key = "env:BACKUP_KEYS"

[holds."20260511T030007Z-hourly-a1b2c3"]
reason = "incident of 2026-05-11"
)toml";

Backups read(std::string_view text) {
  return parse(text, "pgrehearse.toml").backups;
}

base::Error error_of(const std::string& text) {
  try {
    read(text);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::contract);
    return error;
  }
  ADD_FAILURE() << "no error from:\n" << text;
  return {base::Code::internal, ""};
}

TEST(BackupsOfAContract, AreReadWhole) {
  const Backups backups = read(example);
  ASSERT_EQ(backups.stores.size(), 2U);
  EXPECT_EQ(backups.stores[0].url, "file:///var/backups/app");
  EXPECT_EQ(backups.stores[1].endpoint, "https://s3.example.com");
  EXPECT_TRUE(backups.stores[1].path_style);
  EXPECT_EQ(backups.stores[1].price_per_gb, 0.023);
  ASSERT_EQ(backups.tiers.size(), 2U);
  EXPECT_EQ(backups.tiers[0].rpo, base::Seconds{3600}) << "what is not said is the cadence";
  EXPECT_EQ(backups.tiers[1].what, What::redis);
  EXPECT_EQ(backups.tiers[1].keep, base::Seconds{14 * 86400});
  EXPECT_THAT(backups.tiers[1].stores, ElementsAre("local", "offsite"));
  EXPECT_EQ(backups.drill.rto, base::Seconds{900});
  EXPECT_THAT(backups.drill.checks, ElementsAre("SELECT count(*) > 0 FROM users"));
  EXPECT_EQ(backups.key_variable, "BACKUP_KEYS");
  EXPECT_THAT(backups.holds, ElementsAre(Pair("20260511T030007Z-hourly-a1b2c3", "incident of 2026-05-11")));
}

TEST(BackupsOfAContract, NeedNoStore) {
  const Backups backups = read("[tiers.daily]\nwhat = \"dump\"\nevery = \"24h\"\nkeep = \"30d\"\n");
  EXPECT_TRUE(backups.stores.empty());
  EXPECT_THAT(backups.tiers.at(0).stores, ElementsAre("local"));
}

TEST(BackupsOfAContract, ResolveTheAddressOfRedis) {
  setenv("PGREHEARSE_TEST_REDIS", "redis://r", 1);
  EXPECT_EQ(read("[redis]\nurl = \"env:PGREHEARSE_TEST_REDIS\"\n").redis_url, "redis://r");
  unsetenv("PGREHEARSE_TEST_REDIS");
  EXPECT_EQ(read("[redis]\nurl = \"env:PGREHEARSE_TEST_REDIS\"\n").redis_url_variable, "PGREHEARSE_TEST_REDIS");
}

TEST(BackupsOfAContract, AreRefusedWhereTheyCannotHold) {
  const std::string tier = "[tiers.a]\nwhat = \"dump\"\nevery = \"1h\"\nkeep = \"2h\"\n";
  const auto refused = [](const std::string& text, std::string_view line, std::string_view words) {
    const base::Error error = error_of(text);
    EXPECT_THAT(error.message(), HasSubstr(line)) << text;
    EXPECT_THAT(error.message() + " " + error.hint(), HasSubstr(words)) << text;
  };
  refused(tier + "rpo = \"30m\"\n", "toml:5: ", "promise");
  refused("[tiers.a]\nwhat = \"dump\"\nevery = \"1d\"\nkeep = \"1h\"\n", "toml:4: ", "keeps nothing");
  refused("[tiers.a]\nwhat = \"dump\"\nkeep = \"1h\"\n", "toml:1: ", "every");
  refused("[tiers.a]\nwhat = \"disk\"\nevery = \"1h\"\nkeep = \"1h\"\n", "toml:2: ", "redis");
  refused("[tiers.a]\nwhat = \"redis\"\nevery = \"1h\"\nkeep = \"1h\"\n", "toml:1: ", "[redis]");
  refused("[tiers.a]\nwhat = \"dump\"\nevery = \"soon\"\nkeep = \"1h\"\n", "toml:3: ", "every");
  refused("[tiers.\"A/B\"]\n", "toml:1: ", "no name for a tier");
  refused(tier + "stores = [\"nowhere\"]\n", "toml:5: ", "nowhere");
  refused(tier + "stores = []\n", "toml:5: ", "no store");
  refused(tier + "stores = [\"local\", \"local\"]\n", "toml:5: ", "twice");
  refused("[stores.a]\nurl = \"ftp://x\"\n", "toml:2: ", "s3://");
  refused("[stores.a]\nurl = \"file:///x\"\nregion = \"y\"\n", "toml:3: ", "region");
  refused("[stores.a]\nurl = \"file:///x\"\nprice_per_gb = -1\n", "toml:3: ", "price_per_gb");
  refused("[encryption]\nkey = \"00ff\"\n", "toml:2: ", "key_file");
  refused("[encryption]\n", "toml:1: ", "either");
  refused("[holds.x]\n", "toml:1: ", "reason");
}

}  // namespace
}  // namespace contract
