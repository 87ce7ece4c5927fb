// The contract that a command needs: named by --contract, or found.
#pragma once

#include <string>

#include "contract/contract.h"

namespace cli {

// `named`, else pgrehearse.toml in the working directory or above. Throws Error(usage) where there is none, and the
// contract's own errors.
contract::Contract load_contract(const std::string& named, std::string_view command);

// The same for commands that can do without: an empty contract where there is none.
contract::Contract load_contract_if_any(const std::string& named);

}  // namespace cli
