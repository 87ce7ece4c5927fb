// Every store of a repository as it is now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/backups.h"
#include "repository/contents.h"
#include "repository/open.h"

namespace repository {

// A store as it was found.
struct Inventory {
  contract::Store store;
  std::optional<Contents> contents;  // unset: it did not answer
  std::string failure;               // why, without secrets
  std::string hint;                  // and what to do
};

// One for each store of the contract, in its order. A store that does not answer says why.
std::vector<Inventory> take_inventory(const Repository& repository);

// The latest drill of any point of the tier, in any of its stores.
std::optional<EvidenceKey> latest_drill(const std::vector<Inventory>& inventories, const contract::Tier& tier);

// How long the latest drill of each tier took to restore stands in no key: reads that one piece of evidence. One that
// does not come, or cannot be believed, tells nothing.
void read_rtos(const Repository& repository, std::vector<Inventory>& inventories);

}  // namespace repository
