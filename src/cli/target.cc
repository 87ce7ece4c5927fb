#include "cli/target.h"

#include <fmt/core.h>

#include "base/time.h"
#include "contract/database.h"
#include "guard/session.h"

namespace cli {

void declare_target(CLI::App& app, TargetOptions& options) {
  app.add_option("--on", options.database,
                 "the database: a libpq URI or conninfo; else the contract's [database] url, then the PG* environment")
      ->type_name("URL");
  app.add_option("--contract", options.contract, "the contract; else pgrehearse.toml here or above")->type_name("FILE");
  app.add_option("--timeout", options.timeout, "how long one statement may take: 30s, 5m")->type_name("TIME");
}

pg::Connection open_target(const TargetOptions& options, const contract::Contract& contract, std::string_view command) {
  return guard::open_session({.url = contract::database_of(contract, options.database, "--on"),
                              .purpose = fmt::format("pgrehearse {}", command),
                              .statement_timeout = base::parse_duration(options.timeout)});
}

bool is_answer(const base::Error& error) {
  using base::Code;
  return error.code() == Code::refused || error.code() == Code::server || error.code() == Code::storage ||
         error.code() == Code::tool;
}

}  // namespace cli
