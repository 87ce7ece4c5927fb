#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/contract_file.h"
#include "cli/output.h"
#include "cli/target.h"
#include "guard/bind.h"
#include "guard/migration.h"
#include "sys/file.h"

namespace cli {

namespace {

constexpr const char* description =
    "Prints the migration that brings a database under its contract; only reads it. For a person to read, rehearse and "
    "run. In it are the population column and its backfill, NOT NULL, index, a CHECK that ties each population to its "
    "ids, sequences that stay within them, and functions that fail loudly where an id is taken. Only what is missing "
    "is in it. It deletes nothing: what only a person knows stands in it as DECIDE, with what it takes as a "
    "comment.\n\n"
    "  pgrehearse contract sql --out contract.sql\n"
    "  pgrehearse plan contract.sql\n"
    "  psql -X -v ON_ERROR_STOP=1 -f contract.sql";

struct ContractOptions {
  TargetOptions target;
  std::string out;
};

int run_sql(const ContractOptions& options) {
  const contract::Contract contract = load_contract(options.target.contract, "contract sql");
  guard::require_tables(contract, "contract sql");
  pg::Connection connection = open_target(options.target, contract, "contract sql");
  const guard::Bound bound = guard::bind(contract, connection, guard::Absent::may_be_absent);
  guard::require_privileges(bound, connection);
  connection.none("set search_path = ''");
  const std::string sql = guard::write_migration(guard::read_needs(contract, bound, connection),
                                                 {contract.file.string(), pg::describe(connection.parameters())});
  if (options.out.empty()) {
    print_text(sql);
  } else if (!sys::write_new_file(options.out, sql, 0644)) {
    throw base::Error(base::Code::usage, fmt::format("{} exists already", options.out),
                      "it was left as it is; name another file with --out");
  }
  if (!options.out.empty()) {
    print_text(
        fmt::format("{} written: every step with its reason, nothing was changed. Read it, rehearse it with "
                    "`pgrehearse plan {}`, then run it.\n",
                    options.out, options.out));
  }
  return 0;
}

}  // namespace

Action declare_contract(CLI::App& app) {
  const auto options = std::make_shared<ContractOptions>();
  app.require_subcommand(1);
  CLI::App* sql = app.add_subcommand("sql", description);
  declare_target(*sql, options->target);
  sql->add_option("--out", options->out, "write it to this file, which must not exist; else to standard output")
      ->type_name("FILE.sql");
  return [options] { return run_sql(*options); };
}

}  // namespace cli
