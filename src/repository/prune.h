// What is due to go from a store, and its removal.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "contract/backups.h"
#include "repository/claim.h"
#include "repository/contents.h"
#include "repository/retention.h"
#include "repository/targets.h"
#include "store/object_store.h"

namespace repository {

// A folder of objects that never had a manifest, and that nobody works on any more.
struct Leftover {
  std::string id;
  std::vector<std::string> keys;
  std::uint64_t bytes = 0;
};

struct Pruning {
  std::vector<Decision> points;               // of every point that exists
  std::vector<Leftover> leftovers;            // of backups that ended before their manifest
  std::vector<store::Unfinished> unfinished;  // attempts at single objects that nobody works on
  std::vector<std::string> dead_claims;       // their keys
  std::vector<std::string> evidence;          // keys of what no longer says anything
  std::vector<std::string> at_work;           // points that are being made now: left alone
  std::uint64_t bytes = 0;                    // what their removal frees
  std::size_t objects = 0;                    // and how many objects that is

  bool nothing() const;
};

// Looks. `now` is the store's clock where it is known: of a claim that was just written. `others` are the repository's
// other stores: what is a point there has only lost its manifest here. Only manifests that `trust` goes by make an
// older point one that may go.
Pruning plan_pruning(store::ObjectStore& store, const contract::Backups& contract, base::Instant now,
                     const std::vector<Target>& others, const Trust& trust);

// Removes a point's objects, or those of one that was never finished; its manifest first. `beat` keeps a claim. Ctrl-C
// waits for the end.
void remove_point(store::ObjectStore& store, const std::string& id, const std::function<void()>& beat = {});

// Removes what `pruning` says, manifests first: a process that dies on the way leaves leftovers, never a point that
// lacks objects. Looks again at each leftover before: one whose manifest has appeared stays. `beat` keeps the claim,
// and is called for each object. Ctrl-C ends it between two points.
void prune(store::ObjectStore& store, const Pruning& pruning, const std::function<void()>& beat);

}  // namespace repository
