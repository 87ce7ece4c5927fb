#include "repository/status.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "repository/lines.h"
#include "repository/retention.h"

namespace repository {

namespace {

constexpr base::Seconds week{7 * 86400};

base::Seconds age_of(base::Instant when, base::Instant now) {
  return std::max(std::chrono::duration_cast<base::Seconds>(now - when), base::Seconds{0});
}

std::string in_words(base::Seconds duration) {
  return base::humanise(duration);
}

const char* thing(contract::What what) {
  return what == contract::What::dump ? "the database" : "Redis";
}

std::optional<double> growth_of(const std::vector<const Point*>& good, const Point& newest) {
  const Point* before = nullptr;
  for (const Point* candidate : good) {
    const Point& point = *candidate;
    if (newest.manifest->taken - point.manifest->taken >= week) before = &point;
  }
  if (!before || before->manifest->bytes() == 0) return std::nullopt;
  return static_cast<double>(newest.manifest->bytes()) / static_cast<double>(before->manifest->bytes());
}

TierInStore look(const Inventory& inventory, const contract::Tier& tier, base::Instant now) {
  TierInStore found{.store = inventory.store.name, .reachable = inventory.contents.has_value()};
  if (!inventory.contents) return found;
  const Lines lines(*inventory.contents);
  const auto newest_of_each = newest_of_lines(*inventory.contents, lines, tier.name, now);
  if (newest_of_each.empty()) return found;
  if (newest_of_each.size() > 1) {
    for (const Point* point : newest_of_each) found.databases.push_back(describe_source(*point->manifest));
  }
  const Point& newest = *newest_of_each.back();
  std::vector<const Point*> good;
  for (const Point& point : inventory.contents->points) {
    const bool of_tier = counts(point, now) && point.manifest->tier == tier.name;
    if (of_tier && lines.of(*point.manifest) == lines.of(*newest.manifest)) good.push_back(&point);
  }
  found.kept = static_cast<std::int64_t>(good.size());
  found.newest = newest.id;
  found.age = age_of(newest.manifest->taken, now);
  found.bytes = newest.manifest->bytes();
  found.growth = growth_of(good, newest);
  return found;
}

void judge_ages(TierStatus& status) {
  for (const TierInStore& found : status.stores) {
    if (!found.databases.empty()) {
      const char* kind = status.what == contract::What::dump ? "databases" : "servers";
      status.problems.push_back(fmt::format("{} holds points of {} {}, which take each other's place: {}", found.store,
                                            found.databases.size(), kind, fmt::join(found.databases, "; ")));
    }
    if (!found.reachable) {
      status.problems.push_back(fmt::format("store {} does not answer: nothing in it counts", found.store));
    } else if (!found.age) {
      status.problems.push_back(fmt::format("there is no good recovery point in {}", found.store));
    } else if (*found.age > status.promise) {
      status.problems.push_back(fmt::format("the newest in {} is {} old, and {} were promised", found.store,
                                            in_words(*found.age), in_words(status.promise)));
    }
  }
}

void judge_drill(TierStatus& status, const contract::Drill& drill, base::Instant now) {
  if (status.drilled && !status.drilled->passed()) {
    status.problems.push_back(fmt::format("the last drill failed: {}", status.drilled->point));
  } else if (drill.declared && !status.drilled) {
    status.problems.push_back("no restore of it was ever drilled");
  } else if (drill.declared && age_of(status.drilled->started, now) > drill.every) {
    status.problems.push_back(fmt::format("the last drill was {} ago, and one every {} is promised",
                                          in_words(age_of(status.drilled->started, now)), in_words(drill.every)));
  }
  if (!status.drilled || !status.drilled->passed() || !status.drilled->rto || !drill.rto) return;
  if (*status.drilled->rto > *drill.rto) {
    status.problems.push_back(fmt::format("the last drill took {} to restore it, and {} are promised",
                                          base::humanise(*status.drilled->rto), in_words(*drill.rto)));
  }
}

// Of everything that backs `what` up: the newest point, and the newest where that point's store is gone as well.
void tell_loss(const std::vector<TierStatus>& tiers, contract::What what, std::vector<std::string>& loss) {
  std::map<std::string, base::Seconds> newest;  // by store
  for (const TierStatus& tier : tiers) {
    if (tier.what != what) continue;
    for (const TierInStore& found : tier.stores) {
      if (!found.age) continue;
      const auto [at, added] = newest.try_emplace(found.store, *found.age);
      if (!added) at->second = std::min(at->second, *found.age);
    }
  }
  const bool asked = std::any_of(tiers.begin(), tiers.end(), [&](const TierStatus& tier) { return tier.what == what; });
  if (!asked) return;
  if (newest.empty()) {
    loss.push_back(fmt::format("a disaster this second loses all of {}", thing(what)));
    return;
  }
  const auto by_age = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto best = std::min_element(newest.begin(), newest.end(), by_age);
  std::string sentence =
      fmt::format("a disaster this second loses the last {} of {}", in_words(best->second), thing(what));
  const std::string gone = best->first;
  newest.erase(best);
  if (newest.empty()) {
    sentence += fmt::format("; if it takes store {} along, everything", gone);
  } else {
    const auto next = std::min_element(newest.begin(), newest.end(), by_age);
    sentence += fmt::format("; if it takes store {} along, the last {}", gone, in_words(next->second));
  }
  loss.push_back(std::move(sentence));
}

// What is wrong with many points is said once, by the newest of them.
void tell_uncounted(const Inventory& inventory, base::Instant now, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string>> by_reason;  // ids, oldest first
  for (const Point& point : inventory.contents->points) {
    if (point.exists() && !point.complete()) by_reason[point.problem].push_back(point.id);
    if (is_of_the_future(point, now)) by_reason["it was made under a clock of the future"].push_back(point.id);
  }
  for (const auto& [reason, ids] : by_reason) {
    const std::string more =
        ids.size() == 1 ? "does not count" : fmt::format("and {} before it do not count", ids.size() - 1);
    notes.push_back(fmt::format("{} in {} {}: {}", ids.back(), inventory.store.name, more, reason));
  }
}

StoreStatus judge_store(const Inventory& inventory, base::Instant now, std::vector<std::string>& notes) {
  StoreStatus status{.name = inventory.store.name,
                     .url = inventory.store.url,
                     .reachable = inventory.contents.has_value(),
                     .failure = inventory.failure,
                     .hint = inventory.hint};
  if (!inventory.contents) return status;
  for (const Point& point : inventory.contents->points) status.bytes += point.bytes;
  tell_uncounted(inventory, now, notes);
  constexpr double gigabyte = 1e9;
  if (inventory.store.price_per_gb)
    status.cost = static_cast<double>(status.bytes) / gigabyte * *inventory.store.price_per_gb;
  return status;
}

// A hold that was mistyped holds nothing, which shows when it is too late.
void find_holds(const std::vector<Inventory>& inventories, const contract::Backups& contract, Status& status) {
  std::set<std::string> here;
  for (const Inventory& inventory : inventories) {
    if (!inventory.contents) return;  // it may be there
    for (const Point& point : inventory.contents->points) here.insert(point.id);
  }
  for (const auto& [id, reason] : contract.holds) {
    if (!here.contains(id)) status.notes.push_back(fmt::format("[holds.{}] names no recovery point that is here", id));
  }
}

// How far a tier is beyond its promise; what has no age is worst.
double lateness(const TierStatus& tier) {
  const auto actual = tier.actual();
  return actual ? static_cast<double>(actual->count()) / static_cast<double>(tier.promise.count()) : 1e18;
}

}  // namespace

std::optional<base::Seconds> TierStatus::actual() const {
  std::optional<base::Seconds> worst = base::Seconds{0};
  for (const TierInStore& found : stores)
    worst = worst && found.age ? std::optional(std::max(*worst, *found.age)) : std::nullopt;
  return worst;
}

std::int64_t TierStatus::kept() const {
  std::int64_t least = stores.empty() ? 0 : stores.front().kept;
  for (const TierInStore& found : stores) least = std::min(least, found.kept);
  return least;
}

std::string TierStatus::last() const {
  std::string newest;
  for (const TierInStore& found : stores) newest = std::max(newest, found.newest);
  return newest;
}

bool Status::kept() const {
  return std::all_of(tiers.begin(), tiers.end(), [](const TierStatus& tier) { return tier.problems.empty(); });
}

Status judge(const std::vector<Inventory>& inventories, const contract::Backups& contract, base::Instant now) {
  Status status{.now = now};
  for (const contract::Tier& tier : contract.tiers) {
    TierStatus judged{.name = tier.name, .what = tier.what, .promise = tier.rpo};
    for (const Inventory& inventory : inventories) {
      if (std::find(tier.stores.begin(), tier.stores.end(), inventory.store.name) == tier.stores.end()) continue;
      judged.stores.push_back(look(inventory, tier, now));
    }
    judged.drilled = latest_drill(inventories, tier);
    judge_ages(judged);
    judge_drill(judged, contract.drill, now);
    status.tiers.push_back(std::move(judged));
  }
  for (const Inventory& inventory : inventories) status.stores.push_back(judge_store(inventory, now, status.notes));
  find_holds(inventories, contract, status);
  std::stable_sort(status.tiers.begin(), status.tiers.end(),
                   [](const TierStatus& a, const TierStatus& b) { return lateness(a) > lateness(b); });
  for (const contract::What what : {contract::What::dump, contract::What::redis})
    tell_loss(status.tiers, what, status.loss);
  return status;
}

}  // namespace repository
