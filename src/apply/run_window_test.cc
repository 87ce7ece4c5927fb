#include "apply/run_window.h"

#include <gtest/gtest.h>

#include "apply/database_test.h"

namespace apply {
namespace {

constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t noon = 1'779'192'000'000'000;  // 2026-05-19 12:00:00 UTC, 20,592 days after 1970

// Each by the zone's rules of its own day: clocks are put forward in between.
TEST(RunWindow, KnowsWhatWasTodayInTheSessionsZone) {
  const TestDatabase database("SELECT");
  pg::Connection session = database.session();
  session.none("SET TimeZone = 'Europe/Berlin'");
  RunWindow rehearsal{.began =
                          noon - 60 * 24 * hour + 11 * hour};  // 2026-03-20 23:00 UTC, the first second of the 21st
  RunWindow production{.began = noon};
  note_today(session, rehearsal, production);
  ASSERT_TRUE(rehearsal.today && production.today);
  EXPECT_EQ(rehearsal.today->number, 20592 - 60 + 1);
  EXPECT_EQ(rehearsal.today->began, rehearsal.began);
  EXPECT_EQ(production.today->number, 20592);
  EXPECT_EQ(production.today->began, noon - 14 * hour);
}

}  // namespace
}  // namespace apply
