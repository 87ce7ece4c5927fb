// The contract's clauses about the way back: where backups lie, how often they are taken, how much may be lost, and how
// restores are proven.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace contract {

struct Store {
  std::string name;
  std::string url;       // "file:///var/backups/app", "s3://bucket/prefix"
  std::string endpoint;  // of S3; empty: Amazon's
  std::string region;
  bool path_style = false;
  std::optional<double> price_per_gb;  // a month, in whatever currency the team counts
  int line = 0;
};

enum class What { dump, redis };
std::string_view name(What what);

struct Tier {
  std::string name;
  What what = What::dump;
  base::Seconds every{};            // its cadence
  base::Seconds keep{};             // how long a recovery point is kept
  base::Seconds rpo{};              // at most this much may be lost
  std::vector<std::string> stores;  // names in Backups::stores, at least one
  int line = 0;
};

struct Drill {
  bool declared = false;  // [drill] stands in the contract: without, a drill that was never done breaks no promise
  base::Seconds every{};
  std::optional<base::Seconds> rto;  // a restore may take this long
  std::vector<std::string> checks;   // SQL; passes where it answers one row with one value that is true
};

struct Backups {
  std::vector<Store> stores;  // empty: the default one, see docs/formats/contract.md
  std::vector<Tier> tiers;    // in the order of the file
  Drill drill{.every = base::Seconds{30 * 86400}};
  std::string redis_url;                     // `env:NAME` already resolved
  std::string redis_url_variable;            // NAME where that variable is not set
  std::string key_file;                      // of the key ring; relative ones beside the contract
  std::string key_variable;                  // NAME of "env:NAME", set or not; at most one of the two is given
  std::map<std::string, std::string> holds;  // recovery points that retention may not remove, and why
};

}  // namespace contract
