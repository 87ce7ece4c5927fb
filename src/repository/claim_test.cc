#include "repository/claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <variant>
#include <vector>

#include "repository/point_id.h"
#include "repository/repository_test.h"

namespace repository {
namespace {

using testing::HasSubstr;

using Claims = ARepository;

TEST_F(Claims, LetOneAtATimeTakeATier) {
  auto first = Claim::take(*store, "daily", "point");
  ASSERT_TRUE(std::holds_alternative<Claim>(first));
  const auto second = Claim::take(*store, "daily", "other");
  ASSERT_TRUE(std::holds_alternative<ClaimInfo>(second));
  EXPECT_EQ(std::get<ClaimInfo>(second).point, "point");
  EXPECT_TRUE(std::holds_alternative<Claim>(Claim::take(*store, "weekly", "other")));
  std::get<Claim>(first).require();
  {
    const Claim ended = std::move(std::get<Claim>(first));
  }
  EXPECT_TRUE(std::holds_alternative<Claim>(Claim::take(*store, "daily", "other")));
}

TEST_F(Claims, AreTakenByExactlyOneOfManyWhoComeAtOnce) {
  std::atomic<int> taken = 0;
  std::atomic<int> told = 0;
  std::atomic<bool> over = false;
  std::vector<std::thread> crowd;
  for (int number = 0; number < 12; ++number) {
    crowd.emplace_back([&] {
      const auto claim = Claim::take(*store, "daily", "point");
      ++(std::holds_alternative<Claim>(claim) ? taken : told);
      while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    });
  }
  while (taken + told < 12) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  over = true;
  for (std::thread& one : crowd) one.join();
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(told, 11);
}

TEST_F(Claims, DoNotFinishWhatLostItsClaim) {
  auto claim = Claim::take(*store, "daily", "point");
  std::vector<std::string> keys;
  store->list(std::string(claims_prefix), [&](const store::ObjectInfo& object) { keys.push_back(object.key); });
  for (const std::string& key : keys) store->remove(key);
  EXPECT_THAT(message_of([&] { std::get<Claim>(claim).require(); }), HasSubstr("has ended"));
}

}  // namespace
}  // namespace repository
