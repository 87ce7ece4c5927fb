#include "forecast/trends.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "rehearse/sequence_rules.h"

namespace forecast {

namespace {

constexpr double horizon = 36'500;  // nights: a century

const rehearse::BoundMint* mint_of(const rehearse::Subject& subject, std::uint32_t sequence) {
  for (const rehearse::BoundMint& mint : subject.mints()) {
    if (mint.sequence == sequence) return &mint;
  }
  return nullptr;
}

// As long double: a sequence may go from one end of int64 to the other.
long double distance(std::int64_t from, std::int64_t to) {
  return static_cast<long double>(to) - static_cast<long double>(from);
}

SequenceTrend sequence_trend(const rehearse::Subject& subject, const pg::Sequence& first, const pg::Sequence& last,
                             std::size_t nights) {
  SequenceTrend trend{.sequence = last.qualified(), .first = first.next(), .next = last.next()};
  trend.per_night = static_cast<double>(distance(trend.first, trend.next) / static_cast<long double>(nights));
  const rehearse::BoundMint* mint = mint_of(subject, last.oid);
  if (!mint) return trend;
  trend.population = mint->population->name;
  const std::int64_t from = rehearse::minted_id(*mint, first);
  const double per_night =
      static_cast<double>(distance(from, rehearse::minted_id(*mint, last)) / static_cast<long double>(nights));
  trend.reach = next_foreign_id(*mint->table, *mint->population, rehearse::minted_id(*mint, last), per_night > 0);
  const auto night = trend.reach ? night_of(from, trend.reach->id, per_night) : std::nullopt;
  if (night) {
    trend.reach->night = *night;
  } else {
    trend.reach.reset();
  }
  return trend;
}

std::vector<DeletionTrend> deletion_trends(const std::vector<Night>& nights) {
  std::map<std::string, DeletionTrend> tables;
  for (const Night& night : nights) {
    for (auto& [name, trend] : tables) trend.last = 0;
    for (const rehearse::TableEffect& effect : night.effects) {
      if (effect.counts.deleted == 0) continue;
      DeletionTrend& trend = tables[effect.root];
      trend.table = effect.root;
      trend.last += effect.counts.deleted;
      trend.total += effect.counts.deleted;
      if (night.number == 1) trend.first = trend.last;
      trend.most = std::max(trend.most, trend.last);
    }
  }
  std::vector<DeletionTrend> trends;
  for (auto& [name, trend] : tables) trends.push_back(std::move(trend));
  return trends;
}

}  // namespace

std::optional<Reach> next_foreign_id(const contract::Table& table, const contract::Population& population,
                                     std::int64_t id, bool up) {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> nearest;
  const auto consider = [&](std::int64_t candidate) {
    if (up ? candidate < id : candidate > id) return;
    if (!nearest || (up ? candidate < *nearest : candidate > *nearest)) nearest = candidate;
  };
  // The ends of its own ranges; a range may begin where another one ends.
  std::int64_t at = id;
  bool beyond = population.ids.contains(at);
  while (beyond && !population.ids.ranges.empty()) {
    const auto range = std::find_if(population.ids.ranges.begin(), population.ids.ranges.end(),
                                    [&](const contract::IdRange& candidate) { return candidate.contains(at); });
    const std::int64_t end = up ? range->high : range->low;
    if (end == (up ? high : low)) break;
    at = up ? end + 1 : end - 1;
    beyond = population.ids.contains(at);
  }
  if (!beyond) consider(at);
  for (const contract::Population& other : table.populations) {
    const auto& allowed = population.overlaps;
    const auto& theirs = other.overlaps;
    if (&other == &population || std::find(allowed.begin(), allowed.end(), other.name) != allowed.end() ||
        std::find(theirs.begin(), theirs.end(), population.name) != theirs.end()) {
      continue;
    }
    for (const contract::IdRange& range : other.ids.ranges)
      consider(range.contains(id) ? id : up ? range.low : range.high);
  }
  if (!nearest) return std::nullopt;
  const contract::Population* holder = table.holder(*nearest);
  return Reach{.population = holder && holder != &population ? holder->name : "", .id = *nearest};
}

std::optional<std::int64_t> night_of(std::int64_t from, std::int64_t id, double per_night) {
  const auto nights = static_cast<double>(distance(from, id)) / per_night;
  if (!std::isfinite(nights) || nights < 0 || nights >= horizon) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(nights)) + 1;
}

Trends trends_of(const std::vector<Night>& nights, const rehearse::Subject& subject, const pg::Catalog& first,
                 const pg::Catalog& last) {
  Trends trends;
  if (nights.empty()) return trends;
  for (const auto& [oid, now] : last.sequences) {
    const auto then = first.sequences.find(oid);
    if (then == first.sequences.end() || then->second.next() == now.next()) continue;
    trends.sequences.push_back(sequence_trend(subject, then->second, now, nights.size()));
  }
  trends.deletions = deletion_trends(nights);
  for (const Night& night : nights) {
    for (const rehearse::TableEffect& effect : night.effects) {
      for (const rehearse::PopulationEffect& population : effect.populations) {
        if (population.is_protected) trends.protected_rows += population.counts;
      }
    }
  }
  return trends;
}

}  // namespace forecast
