// The live database that a command looks at, and the contract that it looks with.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "base/error.h"
#include "contract/contract.h"
#include "pg/connection.h"

namespace cli {

struct TargetOptions {
  std::string contract;
  std::string database;
  std::string timeout = "30s";
};

// Declares --on, --contract and --timeout. `options` must live as long as `app` parses.
void declare_target(CLI::App& app, TargetOptions& options);

// A session on the database that the options and the contract name. `command` is what other people see of it.
pg::Connection open_target(const TargetOptions& options, const contract::Contract& contract, std::string_view command);

// Whether an error is an answer to what was asked (refused, or could not be done), and not a question that makes none.
bool is_answer(const base::Error& error);

}  // namespace cli
