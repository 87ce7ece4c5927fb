// The repository that a contract speaks of: its stores and keys, and what holds where it says nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "repository/keys.h"
#include "repository/targets.h"

namespace repository {

struct Repository {
  contract::Contract contract;    // its backups have at least one store and one tier
  std::vector<Target> stores;     // in the contract's order
  std::shared_ptr<KeyRing> keys;  // null: nothing is encrypted

  const contract::Tier* tier(const std::string& name) const;
  std::vector<Target> stores_of(const contract::Tier& tier) const;
};

// Without [stores] there is the store `local`, a directory under the user's data directory, and without [tiers] the
// tier `daily`: a dump every 24 hours, kept for 30 days. Touches no store. Throws Error(contract), and what reading the
// key ring throws.
Repository open_repository(contract::Contract contract);

}  // namespace repository
