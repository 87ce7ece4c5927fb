// What `plan` and `forecast` have in common: scripts, where the data comes from, and the contract.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "rehearse/ground.h"

namespace cli {

// The options as they were typed; take_source() makes sense of them.
struct SourceOptions {
  std::string contract;
  std::string max_age;
  bool no_sandbox = false;
  bool allow_unsealed = false;
};

// Declares SCRIPT, --exec, --from, --contract, --role, --max-age, --no-sandbox and --allow-unsealed. Both must live as
// long as `app` parses.
void declare_source(CLI::App& app, rehearse::Options& rehearsal, SourceOptions& options);

// Checks that there is something to run, and fills in the contract, the age and the isolation. `command` is named in
// the error. Throws Error(usage).
void take_source(const SourceOptions& options, rehearse::Options& rehearsal, const std::string& command);

}  // namespace cli
