// The repository that a contract speaks of: its stores and keys, and what holds where it says nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "repository/keys.h"
#include "repository/mac.h"
#include "repository/targets.h"

namespace repository {

struct Repository {
  contract::Contract contract;    // its backups have at least one store and one tier
  std::vector<Target> stores;     // in the contract's order
  std::shared_ptr<KeyRing> keys;  // null: nothing is encrypted
  std::string keyless;            // why there are none though the contract names them: of Keys::wanted
  bool allow_unsealed = false;    // a person takes points that bear no seal for what they say, though there are keys

  Trust trust() const { return {.keys = keys.get(), .unsealed = allow_unsealed}; }
  const contract::Tier* tier(const std::string& name) const;
  std::vector<Target> stores_of(const contract::Tier& tier) const;
};

// Without [stores] there is the store `local`, a directory under the user's data directory, and without [tiers] the
// tier `daily`: a dump every 24 hours, kept for 30 days. Touches no store. Throws Error(contract), and what reading the
// key ring throws. What is remembered of stores (recognised_store.h) lies in `memory`.
// Keys are read where they are `needed`, or `wanted` and there: telling and hashing what lies in a store goes without,
// and then takes every manifest for what it says.
enum class Keys { needed, wanted };
Repository open_repository(contract::Contract contract, const std::filesystem::path& memory, Keys keys = Keys::needed);

}  // namespace repository
