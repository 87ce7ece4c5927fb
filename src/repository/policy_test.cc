// What retention and status decide about histories of recovery points: golden files in test/golden/repository, which
// UPDATE_GOLDEN=1 writes anew.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/text.h"
#include "repository/lines.h"
#include "repository/repository_test.h"
#include "repository/retention.h"
#include "repository/status.h"

namespace repository {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

void expect_golden(const std::string& name, const std::string& text) {
  const fs::path file = fs::path(PGREHEARSE_SOURCE_DIR) / "test/golden/repository" / name;
  if (std::getenv("UPDATE_GOLDEN")) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::ostringstream golden;
  golden << std::ifstream(file).rdbuf();
  EXPECT_EQ(golden.str(), text) << file;
}

const base::Instant noon = at("2026-05-11T12:00:00Z");

// A point as a listing would show it, without a store.
Point point(const std::string& tier, base::Instant taken, std::uint64_t bytes = 1'000'000) {
  Manifest manifest{.id = fmt::format("{}-{}-00000000", compact_time(taken), tier), .tier = tier, .taken = taken};
  manifest.objects.push_back({.name = "dump.pgdump.zst", .bytes = bytes});
  return {.id = manifest.id, .manifest = manifest, .bytes = bytes, .has_manifest = true};
}

contract::Tier tier(const std::string& name, base::Seconds every, base::Seconds keep,
                    std::vector<std::string> stores = {"local"}) {
  return {.name = name, .every = every, .keep = keep, .rpo = every, .stores = std::move(stores)};
}

std::string told(const Contents& contents, const contract::Backups& contract, base::Instant now) {
  std::string text;
  for (const Decision& decision : decide_retention(contents, contract, now))
    text += fmt::format("{} {}  {}\n", decision.keep ? "keep  " : "remove", decision.id, decision.reason);
  return text;
}

// 60 hourly points up to noon.
Contents hourly() {
  Contents contents;
  for (int hour = 59; hour >= 0; --hour) contents.points.push_back(point("hourly", noon - std::chrono::hours(hour)));
  return contents;
}

TEST(RetentionTest, EvidenceGoesAfterAYearUnlessSomethingGoesByIt) {
  Contents contents;
  const auto evidence = [&](int days, Proof proof, Outcome outcome, const std::string& of) {
    const base::Instant started = noon - std::chrono::hours(24 * days);
    contents.evidence.push_back({.key = fmt::format("{} {} {}", days, name(proof), of),
                                 .point = fmt::format("20250101T000000Z-{}-00000000", of),
                                 .started = started,
                                 .proof = proof,
                                 .outcome = outcome});
  };
  evidence(600, Proof::drill, Outcome::passed, "hourly");
  evidence(500, Proof::drill, Outcome::passed, "hourly");  // the latest that passed
  evidence(450, Proof::drill, Outcome::failed, "hourly");  // the latest
  evidence(400, Proof::verify, Outcome::passed, "hourly");
  evidence(400, Proof::drill, Outcome::passed, "daily");  // the latest of its tier
  evidence(366, Proof::verify, Outcome::damaged, "daily");
  evidence(364, Proof::verify, Outcome::damaged, "daily");
  Point here = point("daily", noon);
  here.verified = contents.evidence[5];  // it is what status and restore go by
  contents.points.push_back(here);
  EXPECT_THAT(old_evidence(contents, noon), testing::ElementsAre("600 drill hourly", "400 verify hourly"));
}

TEST(Retention, KeepsWhatTheTierPromises) {
  contract::Backups contract{.tiers = {tier("hourly", 1h, 48h)}};
  Contents contents = hourly();
  contract.holds[contents.points[2].id] = "the court asked";
  contents.points.insert(contents.points.begin(), point("yearly", noon - 24h * 400));
  expect_golden("retention_hourly.txt", told(contents, contract, noon));
}

TEST(Retention, CountsBadPointsForNothing) {
  const contract::Backups contract{.tiers = {tier("daily", 24h, 72h)}};
  Contents contents;
  for (int day = 6; day >= 0; --day) contents.points.push_back(point("daily", noon - 24h * day));
  for (std::size_t bad : {2U, 4U, 5U, 6U}) contents.points[bad].problem = "dump.pgdump.zst is gone";
  expect_golden("retention_bad.txt", told(contents, contract, noon));
}

TEST(Retention, IsNotFooledByClocks) {
  const contract::Backups contract{.tiers = {tier("hourly", 1h, 48h)}};
  Contents contents;
  for (int hour = 47; hour >= 0; --hour) contents.points.push_back(point("hourly", noon - std::chrono::hours(hour)));
  for (const base::Instant now : {noon + 24h * 3650, noon - 24h * 3650}) {
    EXPECT_THAT(told(contents, contract, now), testing::Not(testing::HasSubstr("remove"))) << base::to_rfc3339(now);
  }
  // One point of a machine that believed it was 2036: it makes no other one older than it is.
  contents.points.push_back(point("hourly", noon + 24h * 3650));
  EXPECT_THAT(told(contents, contract, noon), testing::Not(testing::HasSubstr("remove")));
  EXPECT_EQ(newest_good(contents, "hourly", noon)->id, contents.points[47].id);
}

TEST(Retention, EmptiesNoTierWhateverItsHistory) {
  const contract::Backups contract{.tiers = {tier("daily", 24h, 24h)}};
  std::uint64_t seed = 1;
  for (int round = 0; round < 2'000; ++round) {
    Contents contents;
    base::Instant when = noon - 24h * 90;
    bool any_good = false;
    while (when < noon) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      when += std::chrono::minutes((seed >> 33U) % 5000);
      contents.points.push_back(point("daily", when));
      if ((seed >> 20U) % 3 == 0) contents.points.back().problem = "it is gone";
      any_good = any_good || contents.points.back().trusted();
    }
    const base::Instant now = noon + std::chrono::hours(static_cast<std::int64_t>(seed >> 40U) % 200'000 - 100'000);
    std::size_t good_left = 0;
    const auto decisions = decide_retention(contents, contract, now);
    for (std::size_t place = 0; place < decisions.size(); ++place)
      good_left += decisions[place].keep && contents.points[place].trusted() ? 1 : 0;
    EXPECT_EQ(good_left > 0, any_good) << "round " << round;
  }
}

TEST(Due, IsAsOftenAsTheCadenceSays) {
  const contract::Tier hourly = tier("hourly", 1h, 48h);
  Contents contents;
  EXPECT_TRUE(is_due(contents, hourly, noon));
  contents.points.push_back(point("hourly", noon));
  EXPECT_FALSE(is_due(contents, hourly, noon + 50min));
  EXPECT_TRUE(is_due(contents, hourly, noon + 58min)) << "cron comes a little early";
  contents.points.push_back(point("hourly", noon + 24h * 3650));
  EXPECT_TRUE(is_due(contents, hourly, noon + 58min)) << "a point of the future does not count";
}

TEST(Retention, LetsNoPointOfTheFutureTakeTheLastThatCounts) {
  const contract::Backups contract{.tiers = {tier("hourly", 1h, 48h)}};
  Contents contents;
  contents.points.push_back(point("hourly", noon - 24h * 7));
  for (int hour = 0; hour < 60; ++hour) contents.points.push_back(point("hourly", noon + 24h * 3650 + hour * 1h));
  for (const Decision& decision : decide_retention(contents, contract, noon)) EXPECT_TRUE(decision.keep) << decision.id;
}

// A point of the database `name`, which continues another one.
Point of_database(Point point, const std::string& name, std::optional<Source> continues = {}) {
  point.manifest->database =
      DatabaseFacts{.database = name, .system_identifier = "7", .continues = std::move(continues)};
  return point;
}

TEST(Retention, CountsPointsOfAnotherDatabaseForNothing) {
  const contract::Backups contract{.tiers = {tier("daily", 24h, 24h)}};
  Contents contents;
  contents.points.push_back(of_database(point("daily", noon - 24h * 9), "shop"));
  for (int day = 5; day >= 0; --day) contents.points.push_back(of_database(point("daily", noon - 24h * day), "other"));
  EXPECT_TRUE(decide_retention(contents, contract, noon)[0].keep) << "it is all that there is of the shop";
  EXPECT_FALSE(decide_retention(contents, contract, noon)[1].keep);
  contents.points.back() = of_database(contents.points.back(), "other", Source{"7", "shop"});
  EXPECT_FALSE(decide_retention(contents, contract, noon)[0].keep) << "the shop goes on as the other";
}

TEST(Lines, JoinWhatContinuesEachOther) {
  Contents contents;
  contents.points = {of_database(point("daily", noon - 72h), "old"),
                     of_database(point("daily", noon - 48h), "new", Source{"7", "old"}),
                     of_database(point("daily", noon - 24h), "old", Source{"7", "new"}),
                     of_database(point("daily", noon), "stranger")};
  const Lines lines(contents);
  EXPECT_EQ(lines.of(Source{"7", "old"}), lines.of(Source{"7", "new"}));
  EXPECT_NE(lines.of(Source{"7", "old"}), lines.of(Source{"7", "stranger"}));
  EXPECT_NE(lines.of(Source{"7", "old"}), lines.of(Source{"8", "old"}));
}

struct Scene {
  contract::Backups contract;
  std::vector<Inventory> inventories;
};

// Two stores: the hourly tier is late in one, the daily one's other store does not answer, Redis has nothing.
Scene scene() {
  Scene scene;
  scene.contract.stores = {{.name = "local", .url = "file:///var/backups/app"},
                           {.name = "offsite", .url = "s3://bucket/app", .price_per_gb = 0.5}};
  scene.contract.tiers = {tier("hourly", 1h, 48h), tier("daily", 24h, 24h * 30, {"local", "offsite"}),
                          tier("redis", 6h, 24h * 14)};
  scene.contract.tiers[2].what = contract::What::redis;
  scene.contract.drill.declared = true;
  Contents local;
  local.points = {point("daily", noon - 24h * 8, 2'000'000'000), point("daily", noon - 20h, 3'000'000'000),
                  point("hourly", noon - 3h, 3'000'000'000)};
  local.evidence.push_back({.point = local.points[1].id,
                            .started = noon - 24h * 40,
                            .proof = Proof::drill,
                            .outcome = Outcome::passed,
                            .rto = 272'400ms});
  scene.inventories = {{.store = scene.contract.stores[0], .contents = local},
                       {.store = scene.contract.stores[1], .failure = "cannot reach s3.example.com"}};
  return scene;
}

TEST(Status, TellsTheTruth) {
  const Scene seen = scene();
  const Status status = judge(seen.inventories, seen.contract, noon);
  EXPECT_FALSE(status.kept());
  expect_golden("status.txt", report::to_text(to_document(status), {.columns = 120, .colour = false}));
  expect_golden("status.json", to_json(status));
  expect_golden("status.prom", to_prometheus(status));
  expect_golden("status.nagios", to_nagios(status));
}

TEST(Status, TellsPrometheusWhatAStoreCosts) {
  Scene seen = scene();
  seen.inventories[0].store.price_per_gb = 0.25;
  const std::string told = to_prometheus(judge(seen.inventories, seen.contract, noon));
  EXPECT_THAT(told, testing::HasSubstr("pgrehearse_store_cost_per_month{store=\"local\"} 2\n"));
  EXPECT_THAT(told, testing::Not(testing::HasSubstr("cost_per_month{store=\"offsite\"")));
}

TEST(Status, KeepsEveryPromise) {
  Scene seen = scene();
  seen.contract.tiers = {tier("daily", 24h, 24h * 30)};
  seen.inventories.pop_back();
  seen.inventories[0].contents->evidence[0].started = noon - 24h;
  const Status status = judge(seen.inventories, seen.contract, noon);
  EXPECT_TRUE(status.kept());
  expect_golden("status_kept.txt", report::to_text(to_document(status), {.columns = 120, .colour = false}));
}

TEST(Status, IsThatOfTheDatabaseThatIsWorstOffWhereTheyShareATier) {
  Scene seen = scene();
  seen.contract.tiers = {tier("daily", 24h, 24h * 30)};
  auto& points = seen.inventories[0].contents->points;
  points = {of_database(point("daily", noon - 48h), "shop"), of_database(point("daily", noon - 1h), "other")};
  const Status status = judge(seen.inventories, seen.contract, noon);
  EXPECT_EQ(status.tiers[0].actual(), base::Seconds{48h});
  EXPECT_EQ(status.tiers[0].kept(), 1);
  EXPECT_THAT(status.tiers[0].problems, testing::Contains(testing::HasSubstr("local holds points of 2 databases")));
}

TEST(Status, HoldsTheLastDrillToTheTimeThatIsPromisedNow) {
  Scene seen = scene();
  seen.contract.tiers = {tier("daily", 24h, 24h * 30)};
  seen.inventories[0].contents->evidence[0].started = noon - 24h;
  seen.contract.drill.rto = 300s;
  EXPECT_TRUE(judge(seen.inventories, seen.contract, noon).tiers[0].problems.empty());
  seen.contract.drill.rto = 120s;
  EXPECT_THAT(judge(seen.inventories, seen.contract, noon).tiers[0].problems,
              testing::ElementsAre("the last drill took 4 min 32 s to restore it, and 2 min are promised"));
}

TEST(Status, SaysWhichHoldsHoldNothing) {
  Scene seen = scene();
  seen.contract.holds["20260511T030007Z-daily-0badcafe"] = "the court asked";
  EXPECT_THAT(judge(seen.inventories, seen.contract, noon).notes, testing::IsEmpty()) << "it may be offsite";
  seen.inventories.pop_back();
  EXPECT_THAT(judge(seen.inventories, seen.contract, noon).notes,
              testing::ElementsAre("[holds.20260511T030007Z-daily-0badcafe] names no recovery point that is here"));
}

TEST(Status, OfADrillThatFailedIsBroken) {
  Scene seen = scene();
  seen.contract.tiers = {tier("daily", 24h, 24h * 30)};
  seen.inventories[0].contents->evidence[0] = {.point = seen.inventories[0].contents->points[0].id,
                                               .started = noon - 1h,
                                               .proof = Proof::drill,
                                               .outcome = Outcome::failed};
  const Status status = judge(seen.inventories, seen.contract, noon);
  EXPECT_THAT(status.tiers[0].problems, testing::ElementsAre(testing::HasSubstr("the last drill failed")));
}

}  // namespace
}  // namespace repository
