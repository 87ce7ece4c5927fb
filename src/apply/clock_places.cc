#include "apply/clock_places.h"

namespace apply {

namespace {

constexpr std::size_t places_at_most = 10'000;  // keys of JSON are without end

}  // namespace

void ClockPlaces::see(const Side& side, bool actual, std::uint32_t index, std::string_view before,
                      std::string_view after) {
  vocabulary_.at(index).places.reshaped(before, after, [&](const Place& place) -> std::optional<std::string> {
    const bool may_be = place.kind == PlaceKind::time || (place.kind == PlaceKind::number && !place.column);
    if (!may_be || place.text.ends_with("infinity")) return {};
    const Key key(index, place.index, place.name);
    auto seen = seen_.find(key);
    if (seen == seen_.end()) {
      if (seen_.size() >= places_at_most) return {};
      seen = seen_.emplace(key, Seen{}).first;
    }
    if (seen->second.other) return {};
    seen->second.any.at(actual ? 1 : 0) = true;
    seen->second.other = !token_by_clock(place, side.run());
    return {};
  });
}

void ClockPlaces::settle() {
  for (const auto& [key, seen] : seen_) {
    const auto& [entry, column, name] = key;
    if (!seen.other && seen.any[0] && seen.any[1]) vocabulary_.at(entry).timed.emplace(column, name);
  }
}

}  // namespace apply
