// One command of the command line. Each stands in a file of its own and is listed in commands().
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace cli {

// Runs a command after its options were parsed; returns the exit status.
using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;  // one line, for the overview
  // Declares options and arguments on `app` and returns what to do. The action owns what the options are stored in.
  Action (*declare)(CLI::App& app);
};

// In the order in which help shows them.
const std::vector<Command>& commands();

Action declare_plan(CLI::App& app);
Action declare_show(CLI::App& app);
Action declare_apply(CLI::App& app);
Action declare_applies(CLI::App& app);
Action declare_undo(CLI::App& app);
Action declare_init(CLI::App& app);
Action declare_audit(CLI::App& app);
Action declare_forecast(CLI::App& app);
Action declare_contract(CLI::App& app);
Action declare_testdata(CLI::App& app);
Action declare_restore(CLI::App& app);
Action declare_drill(CLI::App& app);
Action declare_scratch(CLI::App& app);
Action declare_lint(CLI::App& app);
Action declare_doctor(CLI::App& app);
Action declare_backup(CLI::App& app);
Action declare_backups(CLI::App& app);
Action declare_status(CLI::App& app);
Action declare_verify(CLI::App& app);
Action declare_prune(CLI::App& app);
Action declare_keys(CLI::App& app);
Action declare_demo(CLI::App& app);

}  // namespace cli
