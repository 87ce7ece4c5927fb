// A recovery point: taken, made durable in every store of its tier, and then, by its manifest, made to exist.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "contract/contract.h"
#include "repository/claim.h"
#include "repository/keys.h"
#include "repository/manifest.h"
#include "repository/targets.h"

namespace backup {

struct Job {
  const contract::Contract* contract = nullptr;
  const contract::Tier* tier = nullptr;
  std::string url;                            // of the database; empty: the PG* environment
  const repository::KeyRing* keys = nullptr;  // unset: not encrypted
  std::string program;                        // "pgrehearse 0.1.0"
  bool new_source = false;  // a person says that another database than before is the same one, gone on elsewhere
  // Whether a store wants a point, asked of each once the tier is claimed: somebody else may have taken one just now.
  // Unset: every one does.
  std::function<bool(store::ObjectStore&)> wanted;
};

struct Taken {
  repository::Manifest manifest;
  std::vector<repository::Target> targets;  // one for each store of the tier; those that failed say so
  std::vector<std::string> notes;
};

// No store of the tier wants a point.
struct Unwanted {};

// Claims the tier in all of its stores, takes the backup, publishes its manifest. The other's claim where somebody else
// is at it; Error(refused) where the contract's tiers hold points of another database there (repository/lines.h).
// `targets` are the tier's stores; one that brings a failure along is passed over. An error, and Ctrl-C, take back what
// was written. What cannot be taken back, because the process was killed or a store failed, has no manifest: it counts
// for nothing, and `prune` removes it.
std::variant<Taken, repository::ClaimInfo, Unwanted> take(const Job& job, std::vector<repository::Target> targets);

// For people: a line, and one for each note.
std::string to_text(const Taken& taken);

}  // namespace backup
