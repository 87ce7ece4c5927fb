// How patient apply and undo are with production.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "apply/target.h"

namespace cli {

struct LimitOptions {
  std::string lock_timeout = "2s";
  std::string statement_timeout = "5m";
};

// Declares --lock-timeout and --statement-timeout. `options` must live as long as `app` parses.
void declare_limits(CLI::App& app, LimitOptions& options);

// Throws Error(contract), which is about usage, for what is no time or more than the server takes.
apply::Limits limits_of(const LimitOptions& options);

}  // namespace cli
