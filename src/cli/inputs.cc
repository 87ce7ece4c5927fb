#include "cli/inputs.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/error.h"
#include "base/time.h"
#include "cli/repository.h"
#include "contract/contract.h"
#include "repository/open.h"
#include "restore/source.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

// The working directory. Throws Error(usage) where it is gone.
fs::path here() {
  std::error_code error;
  const fs::path directory = fs::current_path(error);
  if (!error) return directory;
  throw base::Error(base::Code::usage, "the working directory is gone", "nothing was run; change to one that exists");
}

}  // namespace

void declare_source(CLI::App& app, rehearse::Options& rehearsal, SourceOptions& options) {
  app.add_option("SCRIPT", rehearsal.scripts, "SQL scripts, run in this order on one session")->type_name("");
  app.add_option("--exec", rehearsal.commands,
                 "a program to rehearse: PG* and DATABASE_URL point at the scratch; runs after the scripts")
      ->type_name("COMMAND")
      ->allow_extra_args(false);
  app.add_option("--from", rehearsal.source, "where the data comes from")->type_name("SOURCE");
  app.add_option("--contract", options.contract, "the contract; else pgrehearse.toml here or above")->type_name("FILE");
  app.add_option("--role", rehearsal.role, "run as this role; else the one that the source is reached as")
      ->type_name("ROLE");
  app.add_option("--max-age", options.max_age,
                 "accept an image this old though the source has changed since (15m, 24h)")
      ->type_name("AGE");
  app.add_flag("--no-sandbox", options.no_sandbox, "run without bubblewrap: a script could then reach the world");
  declare_allow_unsealed(app, options.allow_unsealed);
}

void take_source(const SourceOptions& options, rehearse::Options& rehearsal, const std::string& command) {
  if (rehearsal.scripts.empty() && rehearsal.commands.empty()) {
    throw base::Error(base::Code::usage, fmt::format("{} needs a script, or a command with --exec", command),
                      fmt::format("nothing was run; see: pgrehearse {} --help", command));
  }
  const fs::path directory = here();
  rehearsal.contract = options.contract.empty() ? contract::find_contract(directory) : fs::path(options.contract);
  if (!options.max_age.empty()) rehearsal.max_age = base::parse_duration(options.max_age);
  rehearsal.kinds = {restore::source_kind([file = rehearsal.contract, allow = options.allow_unsealed] {
    auto opened = repository::open_repository(file ? contract::load(*file) : contract::Contract{}, store_memory());
    opened.allow_unsealed = allow;
    return opened;
  })};
  if (options.no_sandbox) rehearsal.isolation = scratch::Isolation::none;
}

}  // namespace cli
