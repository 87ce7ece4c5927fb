#include "repository/retention.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "repository/lines.h"
#include "repository/point_id.h"

namespace repository {

namespace {

const contract::Tier* find_tier(const contract::Backups& contract, const std::string& name) {
  for (const contract::Tier& tier : contract.tiers) {
    if (tier.name == name) return &tier;
  }
  return nullptr;
}

// How many points a tier has when it never missed one.
std::int64_t full_set(const contract::Tier& tier) {
  return std::max<std::int64_t>(1, (tier.keep + tier.every - base::Seconds{1}) / tier.every);
}

Decision decide(const std::string& id, base::Instant taken, const contract::Tier& tier, std::int64_t newer,
                base::Instant now) {
  const std::string age = base::humanise(std::max(now - taken, base::Instant::duration{0}));
  if (now - taken <= tier.keep) return {id, true, fmt::format("{} old", age)};
  if (newer == 0) return {id, true, "no newer good one is here"};
  if (newer < full_set(tier)) {
    return {id, true, fmt::format("{} old, and {} of {} newer ones are here", age, newer, full_set(tier))};
  }
  return {id, false, fmt::format("{} old, and {} newer ones are here", age, newer)};
}

std::string held(const std::string& reason, const Point& point) {
  return fmt::format("held: {}{}{}", reason, point.problem.empty() ? "" : "; ", point.problem);
}

}  // namespace

std::vector<Decision> decide_retention(const Contents& contents, const contract::Backups& contract, base::Instant now) {
  std::vector<Decision> decisions;
  const Lines lines(contents);
  std::map<std::pair<std::string, Source>, std::int64_t> newer;  // good ones, by tier and line
  for (auto point = contents.points.rbegin(); point != contents.points.rend(); ++point) {
    if (!point->exists()) continue;
    const auto hold = contract.holds.find(point->id);
    const contract::Tier* tier = point->manifest ? find_tier(contract, point->manifest->tier) : nullptr;
    if (hold != contract.holds.end()) {
      decisions.push_back({point->id, true, held(hold->second, *point)});
    } else if (!point->manifest) {
      decisions.push_back({point->id, true, point->problem});
    } else if (!tier) {
      decisions.push_back({point->id, true, fmt::format("the contract has no tier {}", point->manifest->tier)});
    } else {
      decisions.push_back(
          decide(point->id, point->manifest->taken, *tier, newer[{tier->name, lines.of(*point->manifest)}], now));
    }
    if (tier && counts(*point, now)) ++newer[{tier->name, lines.of(*point->manifest)}];
  }
  std::reverse(decisions.begin(), decisions.end());
  return decisions;
}

bool had_its_time(const Contents& contents, const contract::Backups& contract, const std::string& id,
                  base::Instant now) {
  const auto parsed = parse_point_id(id);
  const contract::Tier* tier = find_tier(contract, parsed->tier);
  if (!tier) return false;
  const Lines lines(contents);
  if (newest_of_lines(contents, lines, tier->name, now).size() != 1) return false;  // of which database nobody knows
  const auto newer = std::count_if(contents.points.begin(), contents.points.end(), [&](const Point& point) {
    return counts(point, now) && point.manifest->tier == tier->name && point.manifest->taken > parsed->taken;
  });
  return !decide(id, parsed->taken, *tier, newer, now).keep;
}

std::vector<std::string> old_evidence(const Contents& contents, base::Instant now) {
  constexpr base::Seconds year{365 * 86400};
  std::set<std::string> telling;  // what status and restore go by
  for (const Point& point : contents.points) {
    for (const auto* latest : {&point.verified, &point.drilled, &point.read, &point.restored}) {
      if (*latest) telling.insert((*latest)->key);
    }
  }
  std::map<std::string, std::optional<EvidenceKey>> drills;  // the latest of each tier, and the latest that passed
  for (const EvidenceKey& evidence : contents.evidence) {
    if (evidence.proof != Proof::drill) continue;
    const std::string tier = parse_point_id(evidence.point)->tier;
    keep_later(drills[tier], evidence);
    if (evidence.passed()) keep_later(drills[tier + " passed"], evidence);
  }
  for (const auto& [tier, drill] : drills) telling.insert(drill->key);
  std::vector<std::string> old;
  for (const EvidenceKey& evidence : contents.evidence) {
    if (now - evidence.started > year && !telling.contains(evidence.key)) old.push_back(evidence.key);
  }
  return old;
}

bool is_of_the_future(const Point& point, base::Instant now) {
  constexpr std::chrono::minutes clocks_differ{5};
  return point.manifest && point.manifest->taken > now + clocks_differ;
}

bool counts(const Point& point, base::Instant now) {
  return point.trusted() && !is_of_the_future(point, now);
}

const Point* newest_good(const Contents& contents, const std::string& tier, base::Instant now) {
  for (auto point = contents.points.rbegin(); point != contents.points.rend(); ++point) {
    if (counts(*point, now) && point->manifest->tier == tier) return &*point;
  }
  return nullptr;
}

bool is_due(const Contents& contents, const contract::Tier& tier, base::Instant now) {
  const Point* newest = newest_good(contents, tier.name, now);
  return !newest || now - newest->manifest->taken >= tier.every - tier.every / 20;
}

}  // namespace repository
