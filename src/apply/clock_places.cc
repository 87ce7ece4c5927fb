#include "apply/clock_places.h"

#include <algorithm>

namespace apply {

namespace {

constexpr std::size_t places_at_most = 10'000;  // keys of JSON are without end
constexpr std::size_t others_at_most = 200'000;

}  // namespace

void ClockPlaces::see(bool actual, std::uint32_t index, std::string_view before, std::string_view after) {
  vocabulary_.at(index).places.reshaped(before, after, [&](const Place& place) -> std::optional<std::string> {
    const bool may_be = place.kind == PlaceKind::time || (place.kind == PlaceKind::number && !place.column);
    if (!may_be || place.text.ends_with("infinity")) return {};
    const Key key(index, place.index, place.name);
    auto seen = seen_.find(key);
    if (seen == seen_.end()) {
      if (seen_.size() >= places_at_most) return {};
      seen = seen_.emplace(key, Seen{.kind = place.kind, .type = std::string(place.type), .others = {}}).first;
    }
    note(seen->second, place, actual);
    return {};
  });
}

void ClockPlaces::note(Seen& seen, const Place& place, bool actual) {
  if (seen.too_many) return;
  const RunWindow& run = sides_.at(actual)->run();
  const bool day = seen.type == "date" && run.counts_days;
  if (day) seen.days = true;
  if (!day && token_by_clock(place, run)) {
    seen.any.at(actual) = true;
  } else if (others_ < others_at_most) {
    others_ += seen.others.at(actual).emplace(place.text).second;
  } else {
    seen.too_many = true;
  }
}

// What stands on one side alone may look like a reading to the other one, by chance.
bool ClockPlaces::is_timed(const Seen& seen) const {
  if (seen.too_many) return false;
  if (seen.days) return are_days(seen);
  if (!seen.any[0] || !seen.any[1]) return false;
  for (const bool actual : {false, true}) {
    const std::set<std::string>& elsewhere = seen.others.at(!actual);
    const RunWindow& other_run = sides_.at(!actual)->run();
    const bool all = std::all_of(seen.others.at(actual).begin(), seen.others.at(actual).end(), [&](const auto& value) {
      return elsewhere.contains(value) ||
             token_by_clock({.kind = seen.kind, .text = value, .type = seen.type}, other_run).has_value();
    });
    if (!all) return false;
  }
  return true;
}

// Whether every date that stands on one side alone is as far from its today as one of the other side's.
bool ClockPlaces::are_days(const Seen& seen) const {
  std::array<std::set<std::string>, 2> tokens;
  std::array<std::set<std::string>, 2> alone;
  for (const bool actual : {false, true}) {
    for (const std::string& value : seen.others.at(actual)) {
      const auto token =
          token_by_clock({.kind = seen.kind, .text = value, .type = seen.type}, sides_.at(actual)->run());
      if (token) tokens.at(actual).insert(*token);
      if (!seen.others.at(!actual).contains(value)) alone.at(actual).insert(token.value_or(value));
    }
  }
  return !(alone[0].empty() && alone[1].empty()) &&
         std::includes(tokens[1].begin(), tokens[1].end(), alone[0].begin(), alone[0].end()) &&
         std::includes(tokens[0].begin(), tokens[0].end(), alone[1].begin(), alone[1].end());
}

void ClockPlaces::settle() {
  for (const auto& [key, seen] : seen_) {
    const auto& [entry, column, name] = key;
    if (is_timed(seen)) vocabulary_.at(entry).timed.emplace(column, name);
  }
}

}  // namespace apply
