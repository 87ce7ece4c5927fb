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
};

// One for each store of the contract, in its order. A store that does not answer says why.
std::vector<Inventory> take_inventory(const Repository& repository);

}  // namespace repository
