#include "forecast/stretches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Night night(int number, std::int64_t deleted, std::int64_t people = 0) {
  Night night{.number = number, .probes = {{.name = "login", .runs = 1}}};
  rehearse::TableEffect users{.table = "public.users", .root = "public.users", .counts = {.deleted = deleted + people}};
  if (deleted) users.populations.push_back({"test", false, {.deleted = deleted}});
  if (people) users.populations.push_back({"oauth", true, {.deleted = people}});
  if (deleted + people) night.effects.push_back(std::move(users));
  return night;
}

std::vector<std::pair<int, int>> spans(const std::vector<Stretch>& stretches) {
  std::vector<std::pair<int, int>> result;
  for (const Stretch& stretch : stretches) result.emplace_back(stretch.from, stretch.to);
  return result;
}

TEST(Stretches, TakeNightsTogetherInWhichTheSameThingsHappenWhateverHowMany) {
  const std::vector<Night> nights = {night(1, 3), night(2, 5), night(3, 4), night(4, 9), night(5, 2, 1)};
  const auto stretches = stretches_of(nights);
  EXPECT_THAT(spans(stretches), ElementsAre(std::pair(1, 1), std::pair(2, 4), std::pair(5, 5)));
  EXPECT_THAT(stretches[0].begun, ElementsAre("deletes test of public.users"));
  EXPECT_THAT(stretches[1].begun, IsEmpty());
  EXPECT_EQ(stretches[1].deleted.least, 4);
  EXPECT_EQ(stretches[1].deleted.most, 9);
  EXPECT_THAT(stretches[2].begun, ElementsAre("deletes oauth of public.users"));
}

TEST(Stretches, BeginWhereSomethingEndsToo) {
  const std::vector<Night> nights = {night(1, 1), night(2, 1), night(3, 0), night(4, 0), night(5, 0)};
  const auto stretches = stretches_of(nights);
  EXPECT_THAT(spans(stretches), ElementsAre(std::pair(1, 1), std::pair(2, 2), std::pair(3, 4), std::pair(5, 5)));
  EXPECT_THAT(stretches[2].ended, ElementsAre("deletes test of public.users"));
}

TEST(Stretches, OfOneNightAreOne) {
  const std::vector<Night> nights = {night(1, 0)};
  EXPECT_THAT(spans(stretches_of(nights)), ElementsAre(std::pair(1, 1)));
}

}  // namespace
}  // namespace forecast
