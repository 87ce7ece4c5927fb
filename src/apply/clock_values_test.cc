#include "apply/clock_values.h"

#include <gtest/gtest.h>

namespace apply {
namespace {

constexpr std::int64_t noon = 1'779'192'000'000'000;  // 2026-05-19 12:00:00 UTC
constexpr std::int64_t minute = 60'000'000;
constexpr const char* with_zone = "timestamp with time zone";

TEST(ClockValues, AreReadingsInTheWindowByTheirType) {
  const auto token = [](std::string_view type, std::string_view value) {
    return clock_token(type, value, {.began = noon, .ended = noon + minute}).value_or("none");
  };
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 12:00:59.999999+00"), "(now)");
  EXPECT_EQ(token("timestamp(0) with time zone", "2026-05-19 12:01:01+00"), "(now)");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 12:01:02+00"), "none");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 14:00:00+00"), "none");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 14:00:00"), "(now +120 min)");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 17:30:30"), "(now +330 min)");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 14:07:00"), "none");
  EXPECT_EQ(token("date", "2026-05-19"), "(today)");
  EXPECT_EQ(token("date", "2026-05-20"), "none");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 00:00:00+00"), "(today)");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-20 00:00:00+00"), "none");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 00:00:00"), "(today)");
  for (const char* damaged : {"", "infinity", "-infinity", "2026-05-19 12:00:00 BC", "2026-13-19 12:00:00+00",
                              "2026-05-19", "0044-03-15 00:00:00+00 BC", "99999999999-05-19 12:00:00+00"}) {
    EXPECT_EQ(token("timestamp with time zone", damaged), "none") << damaged;
  }
  EXPECT_EQ(token("text", "2026-05-19 12:00:00+00"), "none");
}

// 23:59 in a zone that is three hours and a half ahead of UTC.
TEST(ClockValues, AreTodayByTheSessionsZone) {
  constexpr std::int64_t began = noon + 509 * minute;
  RunWindow run{.began = began, .ended = began + 1, .today = Today{.number = 20592, .began = noon - 930 * minute}};
  const auto token = [&](std::string_view type, std::string_view value) {
    return clock_token(type, value, run).value_or("none");
  };
  EXPECT_EQ(token("date", "2026-05-19"), "(today)");
  EXPECT_EQ(token("date", "2026-05-20"), "none");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-18 20:30:00+00"), "(today)");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 00:00:00+00"), "none");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 00:00:00"), "(today)");
  run.other_zones = true;
  EXPECT_EQ(token("date", "2026-05-20"), "(today +1)");
  EXPECT_EQ(token("date", "2026-05-21"), "none");
  run.ended = began + 2 * minute;
  EXPECT_EQ(token("date", "2026-05-20"), "(today)");
}

TEST(ClockDistances, AreDaysHoursOrFiveMinutesAway) {
  const auto token = [](std::string_view value, std::string_view type = with_zone, std::int64_t lasted = minute) {
    return clock_distance_token(type, value, {.began = noon, .ended = noon + lasted}).value_or("none");
  };
  EXPECT_EQ(token("2026-05-19 12:00:30.5+00"), "(now)");
  EXPECT_EQ(token("2026-06-18 12:00:30.123456+00"), "(now +43200 min)");
  EXPECT_EQ(token("2026-05-18 12:00:00.000001+00"), "(now -1440 min)");
  EXPECT_EQ(token("2026-05-19 11:30:59.999999+00"), "(now -30 min)");
  EXPECT_EQ(token("2026-05-19 12:05:59.999999+00"), "(now +5 min)");
  EXPECT_EQ(token("2026-05-19 12:03:00.123456+00"), "none");
  EXPECT_EQ(token("2026-05-19 12:06:00.123456+00"), "none") << "after the run's end";
  EXPECT_EQ(token("2026-05-19 13:00:00.1", "timestamp without time zone"), "(now +60 min)");
  EXPECT_EQ(token("2026-05-29 12:00:30.1", "timestamp without time zone"), "(now +14400 min)");
  EXPECT_EQ(token("2026-05-19 12:40:00.1+00", with_zone, 12 * minute), "none") << "one of several";
  EXPECT_EQ(token("2026-06-18 12:05:00.1+00", with_zone, 12 * minute), "(now +43200 min)");
  EXPECT_EQ(token("2026-06-18", "date"), "none");
  EXPECT_EQ(token("infinity"), "none");
}

TEST(EpochNumbers, CountInOneOfThreeUnits) {
  const auto token = [](std::string_view value) {
    return epoch_token(value, {.began = noon, .ended = noon + minute}).value_or("none");
  };
  EXPECT_EQ(token("1779192030"), "(now in 1000000 us)");
  EXPECT_EQ(token("1779192030.123456"), "(now in 1000000 us)");
  EXPECT_EQ(token("1779192030123"), "(now in 1000 us)");
  EXPECT_EQ(token("1779192030123.456000"), "(now in 1000 us)");
  EXPECT_EQ(token("1779192030123456"), "(now in 1 us)");
  EXPECT_EQ(token("1781784030"), "(now +43200 min in 1000000 us)");
  EXPECT_EQ(token("1781784030123"), "(now +43200 min in 1000 us)");
  EXPECT_EQ(token("1779192200"), "none");
  for (const char* none : {"0", "7", "-1779192030", "91111101", "4503599627370500", "9223372036854775807",
                           "99999999999999999999", "1779192030 s", "1779192030.x", ""}) {
    EXPECT_EQ(token(none), "none") << none;
  }
}

// Two runs, an hour apart, that each took a second.
}  // namespace
}  // namespace apply
