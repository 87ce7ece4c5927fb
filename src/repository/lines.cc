#include "repository/lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "repository/point_id.h"
#include "repository/retention.h"

namespace repository {

namespace {

// The newest point of the tiers whose manifest can be relied on.
std::optional<Manifest> newest_manifest(store::ObjectStore& store, const std::vector<std::string>& tiers,
                                        const Trust& trust) {
  std::vector<std::string> ids;  // oldest first, as listed
  store.list(std::string(points_prefix), [&](const store::ObjectInfo& object) {
    const auto id = point_of_key(object.key);
    if (!id || object.key != object_key(*id, manifest_name)) return;
    if (std::find(tiers.begin(), tiers.end(), parse_point_id(*id)->tier) != tiers.end()) ids.push_back(*id);
  });
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const std::string text = store::read_object(store, object_key(*id, manifest_name));
    try {
      Manifest manifest = parse_manifest(text, *id);
      if (is_relied_on(trust, manifest.mac, manifest.sha256)) return manifest;
    } catch (const base::Error& error) {
      if (error.code() != base::Code::storage) throw;
    }
  }
  return std::nullopt;
}

base::Error of_another_source(const std::string& store, const Manifest& newest, const Manifest& manifest) {
  const bool redis = manifest.redis.has_value();
  return {base::Code::refused,
          fmt::format("store {} holds recovery points of another {} in these tiers: {} is of {}, and this is {}", store,
                      redis ? "server" : "database", newest.id, describe_source(newest), describe_source(manifest)),
          fmt::format("nothing was backed up; where it is the same {}, say it once with --new-source; else give it a "
                      "store, or tiers, of its own",
                      redis ? "Redis at another address" : "database after a failover, an upgrade or a rename")};
}

}  // namespace

void Lines::add(const Contents& contents) {
  for (const Point& point : contents.points) {
    const auto continued = point.manifest && point.vouched_for ? continues_of(*point.manifest) : std::nullopt;
    if (!continued) continue;
    Source before = of(*continued);
    Source after = of(*point.manifest);
    if (before != after) continues_.emplace(std::move(after), std::move(before));
  }
}

Source Lines::of(Source source) const {
  for (auto found = continues_.find(source); found != continues_.end(); found = continues_.find(source))
    source = found->second;
  return source;
}

std::vector<std::string> tiers_of(const contract::Backups& contract, contract::What what) {
  std::vector<std::string> names;
  for (const contract::Tier& tier : contract.tiers) {
    if (tier.what == what) names.push_back(tier.name);
  }
  return names;
}

std::string describe_source(const Manifest& manifest) {
  if (manifest.redis) return base::one_line(manifest.redis->server, 240);
  return base::one_line(fmt::format("{} at {}, of cluster {}", manifest.database->database, manifest.source,
                                    manifest.database->system_identifier),
                        240);
}

std::vector<const Point*> newest_of_lines(const Contents& contents, const Lines& lines, const std::string& tier,
                                          base::Instant now) {
  std::vector<const Point*> newest;
  for (auto point = contents.points.rbegin(); point != contents.points.rend(); ++point) {
    if (!counts(*point, now) || point->manifest->tier != tier) continue;
    const Source line = lines.of(*point->manifest);
    const bool known = std::any_of(newest.begin(), newest.end(),
                                   [&](const Point* newer) { return lines.of(*newer->manifest) == line; });
    if (!known) newest.push_back(&*point);
  }
  return newest;
}

std::optional<Source> find_predecessor(Targets& targets, const std::vector<std::string>& tiers,
                                       const Manifest& manifest, bool said, const Trust& trust) {
  const Source source = source_of(manifest);
  std::optional<Source> before;
  targets.each([&](std::size_t place, store::ObjectStore& store) {
    const auto newest = newest_manifest(store, tiers, trust);
    if (!newest || newest->what != manifest.what) return;
    if (source_of(*newest) == source) {
      if (!before) before = continues_of(*newest);
      return;
    }
    const auto is_known = [&] {
      const Lines lines(read_contents(store, trust));
      return lines.of(source) == lines.of(*newest);
    };
    if (!said && !is_known()) throw of_another_source(targets.all()[place].name, *newest, manifest);
    before = source_of(*newest);
  });
  return before;
}

}  // namespace repository
