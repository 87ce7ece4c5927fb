#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/error.h"

namespace base {
namespace {

using std::chrono::milliseconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads an instant from its front to its back; every step gives nullopt or false on what does not fit.
class InstantReader {
 public:
  explicit InstantReader(std::string_view text) : rest_(text) {}

  std::optional<Instant> read() {
    const auto date = read_date();
    if (!date || !(take('T') || take('t') || take(' '))) return std::nullopt;
    const auto time = read_time();
    if (!time) return std::nullopt;
    const auto offset = read_offset();
    if (!offset || !rest_.empty()) return std::nullopt;
    return Instant(*date) + *time - *offset;
  }

 private:
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly `digits` digits, at most `maximum`.
  std::optional<int> number(std::size_t digits, int maximum) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value <= maximum ? std::optional(value) : std::nullopt;
  }

  std::optional<std::chrono::sys_days> read_date() {
    const auto year = number(4, 9999);
    if (!year || !take('-')) return std::nullopt;
    const auto month = number(2, 12);
    if (!month || !take('-')) return std::nullopt;
    const auto day = number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
  }

  std::optional<milliseconds> read_time() {
    const auto hour = number(2, 23);
    if (!hour || !take(':')) return std::nullopt;
    const auto minute = number(2, 59);
    if (!minute || !take(':')) return std::nullopt;
    const auto second = number(2, 59);
    if (!second) return std::nullopt;
    const auto fraction = read_fraction();
    if (!fraction) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction;
  }

  std::optional<milliseconds> read_fraction() {
    if (!take('.')) return milliseconds(0);
    if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
    milliseconds value{0};
    for (int weight = 100; !rest_.empty() && is_digit(rest_.front()); weight /= 10) {
      value += milliseconds((rest_.front() - '0') * weight);
      rest_.remove_prefix(1);
    }
    return value;
  }

  std::optional<std::chrono::minutes> read_offset() {
    if (take('Z') || take('z')) return std::chrono::minutes(0);
    const bool west = take('-');
    if (!west && !take('+')) return std::nullopt;
    const auto hours = number(2, 23);
    if (!hours || !take(':')) return std::nullopt;
    const auto minutes = number(2, 59);
    if (!minutes) return std::nullopt;
    const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return west ? -offset : offset;
  }

  std::string_view rest_;
};

// Seconds in the unit that `letter` stands for, or 0.
std::int64_t unit_seconds(char letter) {
  switch (letter) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 7 * 86400;
    case 'y':
      return 365 * 86400;
    default:
      return 0;
  }
}

std::int64_t rounded(milliseconds duration, std::int64_t unit_ms) {
  return duration.count() / unit_ms + (duration.count() % unit_ms >= unit_ms / 2 ? 1 : 0);
}

// "3 min 20 s"; the smaller unit is left out where it is zero.
std::string two_units(std::int64_t count, std::int64_t per_large, std::string_view large, std::string_view small) {
  if (count % per_large == 0) return fmt::format("{} {}", count / per_large, large);
  return fmt::format("{} {} {} {}", count / per_large, large, count % per_large, small);
}

}  // namespace

std::string to_rfc3339(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(instant - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

Instant parse_rfc3339(std::string_view text) {
  const auto instant = InstantReader(text).read();
  if (!instant) {
    throw Error(Code::input, fmt::format("'{}' is not an instant", text),
                "it is written like 2026-05-11T03:00:07.120Z");
  }
  return *instant;
}

Seconds parse_duration(std::string_view text) {
  constexpr std::int64_t longest = std::int64_t{1000} * 365 * 86400;  // keeps every later sum far from overflow
  std::int64_t value = 0;
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at]) && value <= longest) value = value * 10 + (text[at++] - '0');
  const std::int64_t unit = at > 0 && at + 1 == text.size() ? unit_seconds(text[at]) : 0;
  if (unit == 0 || value == 0 || value > longest / unit) {
    throw Error(Code::contract, fmt::format("'{}' is not a duration", text),
                "a duration is a whole number above zero and one of s, m, h, d, w, y: 90s, 15m, 48h, 30d, 1w, 1y");
  }
  return Seconds(value * unit);
}

milliseconds parse_short_duration(std::string_view text) {
  constexpr std::size_t most_digits = 9;
  if (!text.ends_with("ms")) return parse_duration(text);
  const std::string_view digits = text.substr(0, text.size() - 2);
  std::int64_t value = 0;
  for (const char c : digits) value = is_digit(c) && digits.size() <= most_digits ? value * 10 + (c - '0') : 0;
  const bool all_digits = std::all_of(digits.begin(), digits.end(), is_digit);
  if (!all_digits || value == 0) {
    throw Error(Code::contract, fmt::format("'{}' is not a duration", text),
                "it is a whole number above zero and one of ms, s, m, h: 500ms, 2s, 15m");
  }
  return milliseconds(value);
}

std::string humanise(milliseconds duration) {
  if (duration < milliseconds(0)) return "-" + humanise(-std::max(duration, -milliseconds::max()));
  if (const auto tenths = rounded(duration, 100); tenths < 100) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
  if (const auto seconds = rounded(duration, 1000); seconds < 60) return fmt::format("{} s", seconds);
  if (const auto seconds = rounded(duration, 1000); seconds < 3600) return two_units(seconds, 60, "min", "s");
  if (const auto minutes = rounded(duration, 60'000); minutes < 48 * 60) return two_units(minutes, 60, "h", "min");
  return fmt::format("{} days", rounded(duration, 86'400'000));
}

}  // namespace base
