// What a store holds of a repository, as one listing tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repository/evidence.h"
#include "repository/manifest.h"
#include "store/object_store.h"

namespace repository {

// A recovery point in one store. It exists where its manifest does, or did, and is complete where every object that the
// manifest names lies there at its size, and whoever wrote it is trusted.
struct Point {
  std::string id;
  std::optional<Manifest> manifest;     // unset: it does not exist (yet, or any more), or cannot be believed
  std::string problem;                  // why it is not complete; empty: it is
  bool vouched_for = true;              // false: no key that is here sealed its manifest, so that nothing goes by it
  std::vector<std::string> keys;        // of everything in its folder
  std::uint64_t bytes = 0;              // of everything in its folder
  bool has_manifest = false;            // readable or not
  bool lost = false;                    // it has none, and had one: mark_lost()
  std::optional<EvidenceKey> verified;  // the latest of this copy
  std::optional<EvidenceKey> drilled;   // the latest of this copy
  std::optional<EvidenceKey> read;      // the later of the two: whoever proves a copy reads every byte of it
  std::optional<EvidenceKey> restored;  // the latest drill that came to what is in it, whichever copy it read

  bool exists() const { return has_manifest || lost; }
  bool complete() const { return manifest && problem.empty(); }
  bool damaged() const { return read && read->outcome == Outcome::damaged; }
  bool failed() const { return restored && restored->outcome == Outcome::failed; }
  // The latest word on it is not that it is bad. What damaged this copy only this copy's own proof clears.
  bool trusted() const { return complete() && !damaged() && !failed(); }
};

struct Contents {
  std::vector<Point> points;           // oldest first
  std::vector<EvidenceKey> evidence;   // oldest first, of points that are gone as well
  std::vector<std::string> strangers;  // keys that are nothing of ours; left alone
};

// A manifest that `trust` does not go by is told, and is none to rely on; one whose seal was not made with the key that
// it names is not even believed.
Contents read_contents(store::ObjectStore& store, const Trust& trust);

// One point. Throws Error(usage) where `beginning` names none, or several.
const Point& find_point(const Contents& contents, const std::string& beginning);

}  // namespace repository
