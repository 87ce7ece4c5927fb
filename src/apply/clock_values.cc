#include "apply/clock_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>

namespace apply {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t quarter_hour = 15 * minute;
constexpr std::int64_t ten_years = 3653 * day;
constexpr std::int64_t farthest_zone = 60;  // quarter hours

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  template <typename Number>
  bool number(Number& into) {
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

// "2026-11-25", and nothing behind it.
std::optional<std::int64_t> whole_date(std::string_view text) {
  Scanner scanner(text);
  const std::optional<std::int64_t> date = days(scanner);
  return scanner.rest().empty() ? date : std::nullopt;
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

// A moment, and how much its last digit is worth.
struct Moment {
  std::int64_t at = 0;
  std::int64_t digit = 0;
};

// ".123" as a part of so many microseconds, or nothing.
std::optional<Moment> fraction(Scanner& scanner, std::int64_t whole) {
  Moment part{.at = 0, .digit = whole};
  if (!scanner.skip('.')) return part;
  const std::size_t before = scanner.rest().size();
  int written = 0;
  if (!scanner.number(written)) return std::nullopt;
  std::int64_t tenths = 1;
  for (std::size_t digits = before - scanner.rest().size(); digits > 0; --digits) tenths *= 10;
  part.at = written * whole / tenths;
  part.digit = std::max<std::int64_t>(1, whole / tenths);
  return part;
}

// "2026-11-25 15:04:05.123456" or with a "T", and a zone behind it or nothing.
std::optional<Moment> moment(std::string_view text) {
  Scanner scanner(text);
  const std::optional<std::int64_t> date = days(scanner);
  int hour = 0;
  int minutes = 0;
  int seconds = 0;
  if (!date || (!scanner.skip(' ') && !scanner.skip('T')) || !scanner.number(hour) || !scanner.skip(':') ||
      !scanner.number(minutes) || !scanner.skip(':') || !scanner.number(seconds)) {
    return std::nullopt;
  }
  const std::optional<Moment> part = fraction(scanner, second);
  const std::optional<std::int64_t> ahead = zone(scanner);
  if (!part || !ahead) return std::nullopt;
  return Moment{.at = *date * day + (hour * 3600LL + minutes * 60LL + seconds) * second + part->at - *ahead,
                .digit = part->digit};
}

bool within(std::int64_t at, std::int64_t began, std::int64_t ended) {
  return began - second <= at && at <= ended + second;
}

// How far away, where that is one whole number of the largest unit that fits; a run that took long fits several.
std::optional<std::int64_t> minutes_away(const Moment& moment, std::int64_t began, std::int64_t ended) {
  const std::int64_t least = moment.at - ended - moment.digit;
  const std::int64_t most = moment.at - began + moment.digit;
  for (const std::int64_t unit : {day, 60 * minute, 5 * minute}) {
    const std::int64_t last = most / unit - (most % unit < 0);
    if (last * unit < least) continue;
    if ((last - 1) * unit >= least) return std::nullopt;
    return last * unit / minute;
  }
  return std::nullopt;
}

std::optional<std::string> local_token(std::int64_t at, std::int64_t began, std::int64_t ended) {
  for (std::int64_t away = 0; away <= farthest_zone; ++away) {
    for (const std::int64_t zone : {away, -away}) {
      if (within(at - zone * quarter_hour, began, ended)) return fmt::format("(now {:+} min)", zone * 15);
    }
  }
  return std::nullopt;
}

// A day that began while the run ran is today as well.
std::optional<std::string> day_token(std::int64_t date, const Today& today, const RunWindow& run) {
  const std::int64_t away = date - today.number;
  if (away == 0 || (away == 1 && run.ended >= today.began + day)) return "(today)";
  if (run.other_zones && (away == 1 || away == -1)) return fmt::format("(today {:+})", away);
  return std::nullopt;
}

Today today_of(const RunWindow& run) {
  const std::int64_t in_utc = run.began / day;
  return run.today.value_or(Today{.number = in_utc, .began = in_utc * day});
}

}  // namespace

std::optional<std::string> clock_token(std::string_view type, std::string_view value, const RunWindow& run) {
  const Today today = today_of(run);
  if (type == "date") {
    const std::optional<std::int64_t> date = whole_date(value);
    return date ? day_token(*date, today, run) : std::nullopt;
  }
  if (!type.starts_with("timestamp")) return std::nullopt;
  const std::optional<Moment> found = moment(value);
  if (!found) return std::nullopt;
  const bool local = type.ends_with("without time zone");
  if (!local && within(found->at, run.began, run.ended)) return "(now)";
  const std::int64_t since = local ? found->at : found->at - today.began + today.number * day;
  if (since % day == 0) {
    if (auto token = day_token(since / day, today, run)) return token;
  }
  return local ? local_token(found->at, run.began, run.ended) : std::nullopt;
}

std::optional<std::string> clock_distance_token(std::string_view type, std::string_view value, const RunWindow& run) {
  if (auto token = clock_token(type, value, run)) return token;
  if (type == "date" && run.counts_days) {
    const std::optional<std::int64_t> date = whole_date(value);
    const std::int64_t away = date.value_or(0) - today_of(run).number;
    const bool near = date && std::abs(away) <= ten_years / day;
    return near ? std::optional(fmt::format("(today {:+})", away)) : std::nullopt;
  }
  const std::optional<Moment> found = type.starts_with("timestamp") ? moment(value) : std::nullopt;
  const auto away = found ? minutes_away(*found, run.began, run.ended) : std::nullopt;
  return away ? std::optional(fmt::format("(now {:+} min)", *away)) : std::nullopt;
}

std::optional<std::string> epoch_token(std::string_view value, const RunWindow& run) {
  Scanner scanner(value);
  std::int64_t number = 0;
  if (!scanner.number(number)) return std::nullopt;
  for (const std::int64_t worth : {second, second / 1000, std::int64_t{1}}) {
    if (number > (run.ended + ten_years) / worth || number < (run.began - ten_years) / worth) continue;
    const std::optional<Moment> part = fraction(scanner, worth);
    if (!part || !scanner.rest().empty()) return std::nullopt;
    const Moment found{.at = number * worth + part->at, .digit = part->digit};
    if (within(found.at, run.began, run.ended)) return fmt::format("(now in {} us)", worth);
    const auto away = minutes_away(found, run.began, run.ended);
    return away ? std::optional(fmt::format("(now {:+} min in {} us)", *away, worth)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace apply
