// What the commands that read recovery points have in common.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

#include "contract/contract.h"
#include "restore/source.h"

namespace cli {

// The stores that the contract names, or the default one, and the keys that it points to.
restore::Repository open_repository(contract::Contract contract);

struct RestoringOptions {
  std::string contract;
  std::string store;  // only this one
  bool no_sandbox = false;
  scratch::Isolation isolation() const { return no_sandbox ? scratch::Isolation::none : scratch::Isolation::required; }
};

// Declares --contract, --store and --no-sandbox. `options` must live as long as `app` parses.
void declare_restoring(CLI::App& app, RestoringOptions& options);

// Throws Error(usage) where the contract has no store of the name that --store gives.
restore::Repository open_repository(const RestoringOptions& options, std::string_view command);

}  // namespace cli
