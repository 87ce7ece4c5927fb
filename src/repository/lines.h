// Which database recovery points are of, so that two databases that share a store never pass for each other.
//
// A database is known by its cluster's identifier and its name. Both change where it goes on elsewhere: after a
// failover to a logical copy, an upgrade, a rename. Whoever takes the first backup there says so, and manifests say
// from then on what they continue: databases that are joined like that are one line. A Redis server has no identifier
// that outlives its restart, and is known by where it is: of another address somebody has to say that it is the same.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/backups.h"
#include "repository/contents.h"
#include "repository/manifest.h"
#include "repository/targets.h"

namespace repository {

class Lines {
 public:
  Lines() = default;
  explicit Lines(const Contents& contents) { add(contents); }
  void add(const Contents& contents);

  // The database that stands for all of the point's line.
  Source of(const Manifest& manifest) const { return of(source_of(manifest)); }
  Source of(Source source) const;

 private:
  std::map<Source, Source> continues_;
};

// The contract's tiers that hold `what`, by name.
std::vector<std::string> tiers_of(const contract::Backups& contract, contract::What what);

// "shop at app@db:5432/shop, of cluster 7712152184256655202".
std::string describe_source(const Manifest& manifest);

// The newest good point of each line of a tier, the newest first.
std::vector<const Point*> newest_of_lines(const Contents& contents, const Lines& lines, const std::string& tier,
                                          base::Instant now);

// What a new point of `manifest`'s database continues, as its manifest has to say it, beside the points of `tiers` that
// lie in the stores already and that `trust` goes by. Throws Error(refused) where the newest of them in any store is of
// another line, unless the person has `said` that it is the same database.
std::optional<Source> find_predecessor(Targets& targets, const std::vector<std::string>& tiers,
                                       const Manifest& manifest, bool said, const Trust& trust);

}  // namespace repository
