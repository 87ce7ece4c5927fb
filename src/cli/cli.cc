#include "cli/cli.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/version.h"
#include "report/printable.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"plan", "rehearse scripts on a copy of the real data and report, row for row, what they do", declare_plan},
      {"show", "the report of a plan again, in any format", declare_show},
      {"apply", "do a plan to production: exactly what was rehearsed, or nothing", declare_apply},
      {"applies", "what was applied where, and what can be undone", declare_applies},
      {"undo", "put back, row by row, what an apply did", declare_undo},
      {"init", "look at a live database and propose a contract for it, each guess explained", declare_init},
      {"audit", "does the live database keep its contract, today?", declare_audit},
      {"forecast", "rehearse the same night again and again, and say in which one the contract breaks",
       declare_forecast},
      {"contract", "the migration that brings a database under its contract, for a person to run", declare_contract},
      {"testdata", "make, list and remove test data by what it is, never by a range of ids", declare_testdata},
      {"lint", "statements that can hurt, found in SQL files and inside source code", declare_lint},
      {"backup", "take recovery points: one tier, what is due, or all", declare_backup},
      {"backups", "the recovery points that exist, and what was proven of them", declare_backups},
      {"status", "the contract's promises against what is really there", declare_status},
      {"restore", "bring a recovery point back, into a database or a directory", declare_restore},
      {"drill", "restore into a throw-away server, prove what comes out, and keep the evidence", declare_drill},
      {"verify", "every byte of a recovery point against its hash", declare_verify},
      {"prune", "remove what the contract no longer wants kept; dry run first", declare_prune},
      {"keys", "keys for encrypted repositories", declare_keys},
      {"scratch", "the images and instances that exist, and getting rid of them", declare_scratch},
      {"doctor", "what is installed, what is missing, and how to get it", declare_doctor},
      {"demo", "replay the incident that this program exists for, on a database of its own", declare_demo},
  };
  return table;
}

namespace {

constexpr const char* description =
    "Rehearse every destructive script, and every restore, before you need it.\n\n"
    "  pgrehearse plan --from postgresql://app@db/shop cleanup.sql";

constexpr const char* footer =
    "Exit status: 0 done and kept · 1 refused, or findings · 2 usage or contract · 3 could not be done · 130 "
    "interrupted\n\n`pgrehearse COMMAND --help` says more about each.";

// A message may quote names and values out of a database.
std::string harmless(const std::string& text) {
  return fmt::format("{}", fmt::join(report::printable_lines(base::mask_secrets(text)), "\n  "));
}

void print_error(const base::Error& error) {
  const bool colour = sys::terminal(2).colour;
  fmt::print(stderr, "{}pgrehearse:{} {}\n", colour ? "\033[31;1m" : "", colour ? "\033[0m" : "",
             harmless(error.message()));
  if (!error.hint().empty()) fmt::print(stderr, "  {}\n", harmless(error.hint()));
}

// "testdata create"; nothing for the program itself.
std::string path_of(const CLI::App& app) {
  if (app.get_parent() == nullptr) return {};
  const std::string parent = path_of(*app.get_parent());
  return parent.empty() ? app.get_name() : parent + " " + app.get_name();
}

// `command` has commands of its own, and none of them was given.
std::string no_command(const CLI::App& command) {
  const std::vector<std::string> words = command.remaining();
  if (words.empty()) return "a command is missing";
  const std::string& word = words.front();
  if (word.starts_with('-')) return fmt::format("there is no option {}", word);
  std::vector<std::string_view> names;
  for (const CLI::App* each : command.get_subcommands({})) names.push_back(each->get_name());
  const std::string_view nearest = base::nearest_word(word, names);
  return fmt::format("there is no command {}{}", word,
                     nearest.empty() ? std::string() : fmt::format("; did you mean {}?", nearest));
}

base::Error explained(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::string path = path_of(*command);
  const std::string what = command->get_subcommands({}).empty() ? error.what() : no_command(*command);
  return {base::Code::usage, path.empty() ? what : fmt::format("{}: {}", path, what),
          fmt::format("nothing was run; see: pgrehearse{}{} --help", path.empty() ? "" : " ", path)};
}

int parse_failed(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
  print_error(explained(app, error));
  return base::exit_status(base::Code::usage);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{description, "pgrehearse"};
  app.formatter(std::make_shared<Help>());
  app.set_help_flag("-h,--help", "show this, and exit");
  app.set_version_flag("--version", program_and_version(), "show the version, and exit");
  app.footer(footer);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default(false);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    actions.emplace_back(sub, command.declare(*sub));
  }
  try {
    app.parse(argc, argv);
    sys::install_signal_handlers();
    for (const auto& [sub, action] : actions) {
      if (sub->parsed()) return action();
    }
    return base::exit_status(base::Code::usage);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error);
  } catch (const base::Error& error) {
    print_error(error);
    return base::exit_status(error.code());
  } catch (const std::exception& error) {
    print_error(base::Error(base::Code::internal, error.what(), "this is a bug in pgrehearse: please report it"));
    return base::exit_status(base::Code::internal);
  }
}

}  // namespace cli
