#include "base/time.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(Instant(0ms)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(Instant(1778468407120ms)), "2026-05-11T03:00:07.120Z");
  EXPECT_EQ(to_rfc3339(Instant(-1ms)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
  for (const auto ms : {0LL, 1LL, -1LL, 1778468407120LL, -62135596800000LL, 253402300799999LL}) {
    const Instant instant{std::chrono::milliseconds(ms)};
    EXPECT_EQ(parse_rfc3339(to_rfc3339(instant)), instant) << ms;
  }
}

TEST(Rfc3339, ReadsOtherOffsetsAndFractions) {
  const Instant expected = parse_rfc3339("2026-05-11T03:00:07.120Z");
  EXPECT_EQ(parse_rfc3339("2026-05-11T05:00:07.12+02:00"), expected);
  EXPECT_EQ(parse_rfc3339("2026-05-10T21:30:07.1209999-05:30"), expected);
  EXPECT_EQ(parse_rfc3339("2026-05-11 03:00:07.12z"), expected);
  EXPECT_EQ(parse_rfc3339("2026-05-11t03:00:07Z"), expected - 120ms);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z") - parse_rfc3339("2024-02-28T00:00:00Z"), 24h);
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text :
       {"", "2026-05-11", "2026-05-11T03:00:07", "2026-05-11T03:00Z", "2026-05-11T03:00:07.Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-05-11T24:00:00Z",
        "2026-05-11T00:60:00Z", "2026-05-11T00:00:60Z", "2026-05-11T00:00:00Z ", "2026-05-11T00:00:00+2:00",
        "2026-05-11T00:00:00+02", "2026-05-11T00:00:00+24:00", "-026-05-11T00:00:00Z", "20260511T000000Z"}) {
    EXPECT_THROW(parse_rfc3339(text), Error) << text;
  }
}

TEST(Duration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_short_duration("90s"), 90s);
  EXPECT_EQ(parse_short_duration("500ms"), 500ms);
  for (const char* text : {"ms", "0ms", "-1ms", "1 ms", "1.5ms", "12345678901ms", ""}) {
    EXPECT_THROW(parse_short_duration(text), Error) << text;
  }
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("48h"), 48h);
  EXPECT_EQ(parse_duration("30d"), 30 * 24h);
  EXPECT_EQ(parse_duration("1w"), 7 * 24h);
  EXPECT_EQ(parse_duration("1y"), 365 * 24h);
  EXPECT_EQ(parse_duration("007s"), 7s);
}

TEST(Duration, RefusesZeroNonsenseAndOverflow) {
  for (const char* text : {"", "s", "5", "0s", "000d", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h", "5S", "5x", "1h30m",
                           "1001y", "9223372036854775807y", "99999999999999999999999s"}) {
    EXPECT_THROW(parse_duration(text), Error) << text;
  }
  EXPECT_EQ(parse_duration("1000y"), 1000 * 365 * 24h);
}

TEST(Humanise, ChoosesTheUnitThatAPersonWould) {
  EXPECT_EQ(humanise(0ms), "0.0 s");
  EXPECT_EQ(humanise(420ms), "0.4 s");
  EXPECT_EQ(humanise(12s), "12 s");
  EXPECT_EQ(humanise(200s), "3 min 20 s");
  EXPECT_EQ(humanise(3min), "3 min");
  EXPECT_EQ(humanise(125min), "2 h 5 min");
  EXPECT_EQ(humanise(26h), "26 h");
  EXPECT_EQ(humanise(4 * 24h + 3h), "4 days");
  EXPECT_EQ(humanise(-12s), "-12 s");
}

TEST(Humanise, NeverRoundsUpToAFullUnitInTheSmallerOne) {
  EXPECT_EQ(humanise(9949ms), "9.9 s");
  EXPECT_EQ(humanise(9950ms), "10 s");
  EXPECT_EQ(humanise(59499ms), "59 s");
  EXPECT_EQ(humanise(59500ms), "1 min");
  EXPECT_EQ(humanise(3599500ms), "1 h");
  EXPECT_EQ(humanise(48h - 1s), "2 days");
}

TEST(Humanise, SurvivesTheExtremes) {
  EXPECT_FALSE(humanise(std::chrono::milliseconds::max()).empty());
  EXPECT_TRUE(humanise(std::chrono::milliseconds::min()).starts_with("-"));
}

}  // namespace
}  // namespace base
