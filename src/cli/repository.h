// What the commands of the repository have in common.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "repository/contents.h"
#include "repository/open.h"
#include "repository/status.h"

namespace cli {

// Declares --contract.
void declare_contract_option(CLI::App& app, std::string& contract);

// The repository of the contract that is named, or found; without any, the default one.
repository::Repository open_repository_of(const std::string& contract);

// Every store as it is now. One that does not answer says why; nothing else about it is known.
std::vector<repository::Inventory> take_inventory(const repository::Repository& repository);

// What the commands that write say of a store that failed, on standard error.
void complain(const repository::Target& target, std::string_view consequence);

}  // namespace cli
