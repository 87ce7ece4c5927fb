#include "repository/lost.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "repository/claim.h"
#include "repository/point_id.h"
#include "repository/retention.h"

namespace repository {

namespace {

bool has(const Point& point, std::string_view object) {
  return std::find(point.keys.begin(), point.keys.end(), object_key(point.id, object)) != point.keys.end();
}

// The last object of a backup is there: its manifest may have been, too.
bool may_be_whole(const Point& point) {
  return has(point, dump_object) || has(point, rdb_object);
}

// Objects appear when they are whole: that every one is here is all there is to ask.
bool has_all(const Point& point, const Manifest& manifest) {
  return std::all_of(manifest.objects.begin(), manifest.objects.end(),
                     [&](const StoredObject& object) { return has(point, object.name); });
}

std::optional<std::string> told_by(const Sibling& sibling, const Point& point) {
  if (!sibling.manifest) return fmt::format("store {} may have it, but {}", sibling.store, sibling.failure);
  if (!has_all(point, *sibling.manifest)) return std::nullopt;
  return fmt::format("copy it back from store {}, which has it", sibling.store);
}

// What shows that the point had a manifest; nullopt: nothing does.
std::optional<std::string> trace_of(const Point& point, const Contents& contents, const contract::Backups& contract,
                                    base::Instant now, const Siblings& siblings) {
  const bool held = contract.holds.contains(point.id);
  if (!held && had_its_time(contents, contract, point.id, now)) return std::nullopt;
  if (const auto sibling = may_be_whole(point) ? siblings(point.id) : std::nullopt) {
    if (auto told = told_by(*sibling, point)) return told;
  }
  if (held) return "a hold names it";
  const bool proven = std::any_of(contents.evidence.begin(), contents.evidence.end(),
                                  [&](const EvidenceKey& evidence) { return evidence.point == point.id; });
  return proven ? std::optional<std::string>("there is evidence of it") : std::nullopt;
}

bool is_being_made(store::ObjectStore& store, const std::string& id, base::Instant now) {
  const std::vector<ClaimInfo> claims = read_claims(store, now);
  return std::any_of(claims.begin(), claims.end(),
                     [&](const ClaimInfo& claim) { return claim.living && claim.point == id; });
}

}  // namespace

void mark_lost(store::ObjectStore& store, Contents& contents, const contract::Backups& contract, base::Instant now,
               const Siblings& siblings) {
  for (Point& point : contents.points) {
    if (point.has_manifest) continue;
    const auto trace = trace_of(point, contents, contract, now, siblings);
    if (!trace || is_being_made(store, point.id, now) || store.stat(object_key(point.id, manifest_name))) continue;
    point.lost = true;
    point.problem = fmt::format("{} is missing: {}", manifest_name, *trace);
  }
}

}  // namespace repository
