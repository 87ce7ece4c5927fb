#include "apply/clock_values.h"

#include <fmt/core.h>

#include <charconv>
#include <chrono>

namespace apply {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;
constexpr std::int64_t quarter_hour = 900 * second;
constexpr std::int64_t farthest_zone = 60;  // quarter hours

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool number(int& into) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), into);
    if (error != std::errc() || into < 0) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> days(Scanner& scanner) {
  int year = 0;
  int month = 0;
  int of_month = 0;
  if (!scanner.number(year) || !scanner.skip('-') || !scanner.number(month) || !scanner.skip('-') ||
      !scanner.number(of_month)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(of_month))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "+00", "-05:30", "Z", or nothing: how far ahead of UTC, in microseconds.
std::optional<std::int64_t> zone(Scanner& scanner) {
  if (scanner.rest().empty() || scanner.rest() == "Z") return 0;
  const std::int64_t sign = scanner.skip('-') ? -1 : 1;
  if (sign > 0 && !scanner.skip('+')) return std::nullopt;
  int hours = 0;
  int minutes = 0;
  if (!scanner.number(hours) || (scanner.skip(':') && !scanner.number(minutes))) return std::nullopt;
  if (!scanner.rest().empty() || hours > 15 || minutes > 59) return std::nullopt;
  return sign * (hours * 3600LL + minutes * 60LL) * second;
}

// "2026-11-25 15:04:05.123456" or with a "T", and a zone behind it or nothing.
std::optional<std::int64_t> micros(std::string_view text) {
  Scanner scanner(text);
  const std::optional<std::int64_t> date = days(scanner);
  int hour = 0;
  int minute = 0;
  int seconds = 0;
  if (!date || (!scanner.skip(' ') && !scanner.skip('T')) || !scanner.number(hour) || !scanner.skip(':') ||
      !scanner.number(minute) || !scanner.skip(':') || !scanner.number(seconds)) {
    return std::nullopt;
  }
  std::int64_t fraction = 0;
  if (scanner.skip('.')) {
    const std::size_t before = scanner.rest().size();
    int digits = 0;
    if (!scanner.number(digits)) return std::nullopt;
    fraction = digits;
    for (std::size_t places = before - scanner.rest().size(); places < 6; ++places) fraction *= 10;
  }
  const std::optional<std::int64_t> ahead = zone(scanner);
  if (!ahead) return std::nullopt;
  return *date * day + (hour * 3600LL + minute * 60LL + seconds) * second + fraction - *ahead;
}

bool within(std::int64_t at, std::int64_t began, std::int64_t ended) {
  return began - second <= at && at <= ended + second;
}

std::optional<std::string> local_token(std::int64_t at, std::int64_t began, std::int64_t ended) {
  for (std::int64_t away = 0; away <= farthest_zone; ++away) {
    for (const std::int64_t zone : {away, -away}) {
      if (within(at - zone * quarter_hour, began, ended)) return fmt::format("(now {:+} min)", zone * 15);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> clock_token(std::string_view type, std::string_view value, std::int64_t began,
                                       std::int64_t ended) {
  if (type == "date") {
    Scanner scanner(value);
    const std::optional<std::int64_t> date = days(scanner);
    if (!date || !scanner.rest().empty()) return std::nullopt;
    const std::int64_t from_began = *date - began / day;
    if (from_began < -1 || from_began > ended / day - began / day + 1) return std::nullopt;
    return fmt::format("(today {:+})", from_began);
  }
  if (!type.starts_with("timestamp")) return std::nullopt;
  const std::optional<std::int64_t> at = micros(value);
  if (!at) return std::nullopt;
  if (type.ends_with("without time zone")) return local_token(*at, began, ended);
  return within(*at, began, ended) ? std::optional<std::string>("(now)") : std::nullopt;
}

}  // namespace apply
