#include "repository/prune.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "repository/lost.h"
#include "repository/point_id.h"
#include "sys/signals.h"

namespace repository {

namespace {

std::set<std::string> points_at_work(const std::vector<ClaimInfo>& claims) {
  std::set<std::string> points;
  for (const ClaimInfo& claim : claims) {
    if (claim.living) points.insert(claim.point);
  }
  return points;
}

// Whether an unfinished attempt at this object is nobody's any more. Claims and evidence are small: in a bucket they go
// in one request, which leaves nothing, and in a directory what is being written is not listed. Other keys are others'.
bool is_remnant(const std::string& key, const std::set<std::string>& at_work) {
  if (const auto id = point_of_key(key)) return !at_work.contains(*id);
  return key.starts_with(claims_prefix) || parse_evidence_key(key);
}

std::optional<Sibling> ask(const Target& other, const std::string& id) {
  const std::string key = object_key(id, manifest_name);
  Sibling sibling{.store = other.name, .manifest = {}, .failure = {}};
  try {
    if (!other.store->stat(key)) return std::nullopt;
    sibling.manifest = parse_manifest(store::read_object(*other.store, key), id);
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    sibling.failure = error.message();
  }
  return sibling;
}

// The first that has it, else one that may have it.
std::optional<Sibling> find_sibling(const std::vector<Target>& others, const std::string& id) {
  std::optional<Sibling> perhaps;
  for (const Target& other : others) {
    auto sibling = ask(other, id);
    if (sibling && sibling->manifest) return sibling;
    if (sibling) perhaps = std::move(sibling);
  }
  return perhaps;
}

std::vector<std::string> point_keys(store::ObjectStore& store, const std::string& id) {
  std::vector<std::string> keys;
  store.list(object_key(id, ""), [&](const store::ObjectInfo& object) { keys.push_back(object.key); });
  return keys;
}

}  // namespace

// The manifest makes the point exist: without it the rest counts for nothing.
void remove_point(store::ObjectStore& store, const std::string& id, const std::function<void()>& beat) {
  const sys::InterruptShield shield;
  store.remove(object_key(id, manifest_name));
  for (const std::string& key : point_keys(store, id)) {
    if (beat) beat();
    store.remove(key);
  }
}

bool Pruning::nothing() const {
  const bool keeps_all = std::all_of(points.begin(), points.end(), [](const Decision& point) { return point.keep; });
  return keeps_all && leftovers.empty() && unfinished.empty() && dead_claims.empty() && evidence.empty();
}

Pruning plan_pruning(store::ObjectStore& store, const contract::Backups& contract, base::Instant now,
                     const std::vector<Target>& others, const Trust& trust) {
  // What exists is read before who is at work: whoever began in between is no leftover of ours, and whoever ended in
  // between has a manifest by now, for which prune() looks again.
  Contents contents = read_contents(store, trust);
  mark_lost(store, contents, contract, now, [&](const std::string& id) { return find_sibling(others, id); });
  std::vector<store::Unfinished> attempts = store.unfinished("");
  const std::vector<ClaimInfo> claims = read_claims(store, now);
  const std::set<std::string> at_work = points_at_work(claims);

  Pruning pruning;
  pruning.points = decide_retention(contents, contract, now);
  pruning.evidence = old_evidence(contents, now);
  for (const Point& point : contents.points) {
    if (point.exists()) continue;
    if (at_work.contains(point.id)) {
      pruning.at_work.push_back(point.id);
    } else {
      pruning.leftovers.push_back({point.id, point.keys, point.bytes});
      pruning.bytes += point.bytes;
      pruning.objects += point.keys.size();
    }
  }
  for (const Decision& decision : pruning.points) {
    if (decision.keep) continue;
    const Point& point = find_point(contents, decision.id);
    pruning.bytes += point.bytes;
    pruning.objects += point.keys.size();
  }
  for (store::Unfinished& attempt : attempts) {
    if (is_remnant(attempt.key, at_work)) pruning.unfinished.push_back(std::move(attempt));
  }
  for (const ClaimInfo& claim : claims) {
    if (!claim.living) pruning.dead_claims.push_back(claim.key);
  }
  pruning.objects += pruning.unfinished.size() + pruning.evidence.size();
  return pruning;
}

void prune(store::ObjectStore& store, const Pruning& pruning, const std::function<void()>& beat) {
  for (const Decision& decision : pruning.points) {
    sys::check_interrupted();
    if (!decision.keep) remove_point(store, decision.id, beat);
  }
  for (const Leftover& leftover : pruning.leftovers) {
    sys::check_interrupted();
    if (!store.stat(object_key(leftover.id, manifest_name))) remove_point(store, leftover.id, beat);
  }
  for (const store::Unfinished& attempt : pruning.unfinished) {
    beat();
    store.discard(attempt);
  }
  for (const std::string& key : pruning.dead_claims) store.remove(key);
  for (const std::string& key : pruning.evidence) {
    beat();
    store.remove(key);
  }
}

}  // namespace repository
