// The database that a command means.
#pragma once

#include <string>
#include <string_view>

#include "contract/contract.h"

namespace contract {

// `named`, else the database that the contract names; empty: that of the PG* environment. Throws Error(contract) where
// the contract leaves it to a variable that is not set: the environment's may be another one. `option` names one, too.
std::string database_of(const Contract& contract, const std::string& named, std::string_view option);

}  // namespace contract
