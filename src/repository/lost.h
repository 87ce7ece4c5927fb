// Recovery points that lost their manifest. A folder without one is a backup that is being made or was never finished,
// and goes with the next prune; it is a point that lost it where something is there that only finished points have:
// evidence, a hold, or the manifest in another store, of which every object lies here. What retention would let go has
// lost nothing: a prune that ended on its way left it like that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "contract/backups.h"
#include "repository/contents.h"
#include "store/object_store.h"

namespace repository {

// Another store that has a manifest of the same point, or may have one.
struct Sibling {
  std::string store;
  std::optional<Manifest> manifest;
  std::string failure;  // why it is not known
};
using Siblings = std::function<std::optional<Sibling>(const std::string& id)>;

// Marks them (Point::lost) with what gives them away. Asks `store` who is at work, and again for the manifest: it may
// have been written since `contents` were read.
void mark_lost(store::ObjectStore& store, Contents& contents, const contract::Backups& contract, base::Instant now,
               const Siblings& siblings);

}  // namespace repository
