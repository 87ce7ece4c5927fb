#include "guard/audit.h"

#include <map>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/contract_file.h"
#include "cli/target.h"
#include "cli/version.h"
#include "report/text.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace cli {

namespace {

constexpr const char* description =
    "Does the live database keep its contract, today? Looks at every contract table's rows, sequences, constraints "
    "and\n"
    "foreign keys, and says of each finding what it means and what to do. Only reads: read-only session, a timeout on\n"
    "every statement, no lock that anybody would wait for.\n\n"
    "SELECT on the id and population columns and on the minting sequences is enough. Exits 0 where nothing is wrong, "
    "1\n"
    "where there are findings, 2 where contract and database disagree, 3 where the database cannot be read.\n\n"
    "  pgrehearse audit --on postgresql://auditor@db.example.com/shop";

struct AuditOptions {
  TargetOptions target;
  std::string format = "text";
};

int run_audit(const AuditOptions& options) {
  const contract::Contract contract = load_contract(options.target.contract, "audit");
  pg::Connection connection = open_target(options.target, contract, "audit");
  guard::Audit audit = guard::audit(contract, connection);
  audit.program = program_and_version();
  if (options.format == "json") {
    sys::write_all(1, guard::to_json(audit), "standard output");
  } else {
    const sys::Terminal terminal = sys::terminal(1);
    sys::write_all(1,
                   report::to_text(guard::to_document(audit), {.columns = terminal.columns, .colour = terminal.colour}),
                   "standard output");
  }
  return audit.clean() ? 0 : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_audit(CLI::App& app) {
  const auto options = std::make_shared<AuditOptions>();
  app.description(description);
  declare_target(app, options->target);
  declare_format(app, options->format, "the findings");
  return [options] { return run_audit(*options); };
}

}  // namespace cli
