#include "repository/contents.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "repository/point_id.h"
#include "repository/recognised_store.h"

namespace repository {

namespace {

constexpr std::string_view disbelieved = "its manifest cannot be believed: ";

using Sizes = std::map<std::string, std::uint64_t>;  // of objects, by key

void read_manifest(store::ObjectStore& store, Point& point, const Sizes& sizes) {
  try {
    point.manifest = parse_manifest(store::read_object(store, object_key(point.id, manifest_name)), point.id);
  } catch (const base::Error& error) {
    if (error.code() != base::Code::storage) throw;
    point.problem = fmt::format("{}{}", disbelieved, error.message());
    return;
  }
  for (const StoredObject& object : point.manifest->objects) {
    const auto found = sizes.find(object_key(point.id, object.name));
    if (found == sizes.end()) {
      point.problem = fmt::format("{} is gone", object.name);
    } else if (found->second != object.bytes) {
      point.problem = fmt::format("{} has {} bytes instead of {}", object.name,
                                  base::with_commas(static_cast<std::int64_t>(found->second)),
                                  base::with_commas(static_cast<std::int64_t>(object.bytes)));
    }
  }
}

// A problem of what it says comes after one of who says it.
void ask_for_seal(Point& point, const Trust& trust) {
  if (!point.manifest) return;
  const Manifest& manifest = *point.manifest;
  point.vouched_for = is_relied_on(trust, manifest.mac, manifest.sha256);
  if (point.vouched_for) return;
  if (!manifest.mac) {
    point.problem = fmt::format("its manifest cannot be relied on: {}", no_seal);
  } else if (seal_of(manifest.mac, manifest.sha256, *trust.keys) == Seal::unknown) {
    point.problem = fmt::format("its manifest is sealed with key {}, which is not in {}",
                                base::one_line(manifest.mac->key_id, 40), trust.keys->origin());
  } else {
    point.problem = fmt::format("{}it was not written with key {}", disbelieved, manifest.mac->key_id);
    point.manifest.reset();
  }
}

void weigh(Point& point, const EvidenceKey& found) {
  if (found.place == Place::here) {
    keep_later(found.proof == Proof::verify ? point.verified : point.drilled, found);
    keep_later(point.read, found);
  }
  if (found.proof == Proof::drill && found.outcome != Outcome::damaged) keep_later(point.restored, found);
}

}  // namespace

Contents read_contents(store::ObjectStore& store, const Trust& trust) {
  Contents contents;
  std::map<std::string, Point> points;
  Sizes sizes;
  store.list("", [&](const store::ObjectInfo& object) {
    if (const auto id = point_of_key(object.key)) {
      Point& point = points[*id];
      point.id = *id;
      point.keys.push_back(object.key);
      point.bytes += object.size;
      if (object.key == object_key(*id, manifest_name)) point.has_manifest = true;
      sizes[object.key] = object.size;
    } else if (auto evidence = parse_evidence_key(object.key)) {
      evidence->stored = object.modified;
      // Nothing was begun after it was written down: that clock was wrong.
      evidence->started = std::min(evidence->started, evidence->stored);
      contents.evidence.push_back(std::move(*evidence));
    } else if (!object.key.starts_with(claims_prefix) && object.key != identity_key) {
      contents.strangers.push_back(object.key);
    }
  });
  std::stable_sort(contents.evidence.begin(), contents.evidence.end(),
                   [](const EvidenceKey& a, const EvidenceKey& b) { return a.started < b.started; });
  for (const EvidenceKey& found : contents.evidence) {
    const auto point = points.find(found.point);
    if (point != points.end()) weigh(point->second, found);
  }
  for (auto& [id, point] : points) {
    if (point.has_manifest) {
      read_manifest(store, point, sizes);
      ask_for_seal(point, trust);
    } else {
      point.problem = "it was never finished";
    }
    contents.points.push_back(std::move(point));
  }
  return contents;
}

const Point& find_point(const Contents& contents, const std::string& beginning) {
  const Point* found = nullptr;
  for (const Point& point : contents.points) {
    if (!point.id.starts_with(beginning) || !point.has_manifest) continue;
    if (point.id == beginning) return point;
    if (found) {
      throw base::Error(base::Code::usage,
                        fmt::format("several recovery points begin with {}", base::one_line(beginning, 80)),
                        "give more of the id: pgrehearse backups");
    }
    found = &point;
  }
  if (found) return *found;
  throw base::Error(base::Code::usage, fmt::format("there is no recovery point {}", base::one_line(beginning, 80)),
                    "see: pgrehearse backups");
}

}  // namespace repository
