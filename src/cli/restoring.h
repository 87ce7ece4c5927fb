// What the commands that read recovery points have in common.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "repository/open.h"
#include "scratch/instance.h"

namespace cli {

struct RestoringOptions {
  std::string contract;
  std::string store;  // only this one
  bool no_sandbox = false;
  bool allow_unsealed = false;
  scratch::Isolation isolation() const { return no_sandbox ? scratch::Isolation::none : scratch::Isolation::required; }
};

// Declares --contract, --store, --no-sandbox and --allow-unsealed. `options` must live as long as `app` parses.
void declare_restoring(CLI::App& app, RestoringOptions& options);

// Throws Error(usage) where the contract has no store of the name that --store gives.
repository::Repository open_repository(const RestoringOptions& options);

}  // namespace cli
