#include "forecast/stretches.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace forecast {

namespace {

using Kinds = std::set<std::string>;

void add_kinds(const std::string& what, const std::string& table, const rehearse::Counts& counts, Kinds& kinds) {
  if (counts.deleted) kinds.insert(fmt::format("deletes {} {}", what, table));
  if (counts.updated) kinds.insert(fmt::format("updates {} {}", what, table));
  if (counts.inserted) kinds.insert(fmt::format("inserts {} {}", what == "from" ? "into" : what, table));
}

Kinds kinds_of(const Night& night) {
  Kinds kinds;
  for (const rehearse::TableEffect& effect : night.effects) {
    if (effect.truncated) kinds.insert("truncates " + effect.table);
    for (const rehearse::PopulationEffect& population : effect.populations) {
      add_kinds(population.name + " of", effect.root, population.counts, kinds);
    }
    if (effect.populations.empty()) add_kinds("from", effect.root, effect.counts, kinds);
  }
  for (const ProbeNight& probe : night.probes) {
    if (probe.failed) kinds.insert(fmt::format("“{}” fails", probe.name));
  }
  return kinds;
}

rehearse::Counts totals_of(const Night& night) {
  rehearse::Counts sum;
  for (const rehearse::TableEffect& effect : night.effects) sum += effect.counts;
  return sum;
}

void widen(Range& range, std::int64_t count, bool fresh) {
  range.least = fresh ? count : std::min(range.least, count);
  range.most = fresh ? count : std::max(range.most, count);
}

std::vector<std::string> without(const Kinds& kinds, const Kinds& others) {
  std::vector<std::string> rest;
  std::set_difference(kinds.begin(), kinds.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

std::vector<Stretch> stretches_of(const std::vector<Night>& nights) {
  std::vector<Stretch> stretches;
  Kinds before;
  for (const Night& night : nights) {
    const Kinds kinds = kinds_of(night);
    const bool alone = night.number <= 2 || night.number == nights.back().number;
    const bool fresh = alone || kinds != before;
    if (fresh) {
      stretches.push_back(
          {.from = night.number, .first = &night, .begun = without(kinds, before), .ended = without(before, kinds)});
    }
    Stretch& stretch = stretches.back();
    stretch.to = night.number;
    stretch.last = &night;
    const rehearse::Counts counts = totals_of(night);
    widen(stretch.inserted, counts.inserted, fresh);
    widen(stretch.updated, counts.updated, fresh);
    widen(stretch.deleted, counts.deleted, fresh);
    before = kinds;
  }
  return stretches;
}

}  // namespace forecast
