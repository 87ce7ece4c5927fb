#include "guard/audit.h"

#include <map>
#include <memory>

#include "base/error.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/contract_file.h"
#include "cli/output.h"
#include "cli/target.h"
#include "cli/version.h"

namespace cli {

namespace {

constexpr const char* description =
    "Does the live database keep its contract, today? Looks at every contract table's rows, sequences, constraints and "
    "foreign keys, and says of each finding what it means and what to do. Only reads: read-only session, a timeout on "
    "every statement, no lock that anybody would wait for.\n\n"
    "SELECT on the id and population columns and on the minting sequences is enough. Exits 0 where nothing is wrong, 1 "
    "where there are findings, 2 where contract and database disagree, 3 where the database cannot be read.\n\n"
    "  pgrehearse audit --on postgresql://auditor@db.example.com/shop";

enum class AuditFormat { text, json, sarif, github, junit };

const std::map<std::string, AuditFormat> formats = {{"text", AuditFormat::text},
                                                    {"json", AuditFormat::json},
                                                    {"sarif", AuditFormat::sarif},
                                                    {"github", AuditFormat::github},
                                                    {"junit", AuditFormat::junit}};

struct AuditOptions {
  TargetOptions target;
  AuditFormat format = AuditFormat::text;
};

std::string render(const guard::Audit& audit, AuditFormat format) {
  switch (format) {
    case AuditFormat::json:
      return guard::to_json(audit);
    case AuditFormat::sarif:
      return report::to_sarif(guard::to_annotations(audit));
    case AuditFormat::github:
      return report::to_github(guard::to_annotations(audit));
    case AuditFormat::junit:
      return report::to_junit(guard::to_annotations(audit));
    case AuditFormat::text:
      break;
  }
  return as_text(guard::to_document(audit));
}

int run_audit(const AuditOptions& options) {
  const contract::Contract contract = load_contract(options.target.contract, "audit");
  pg::Connection connection = open_target(options.target, contract, "audit");
  guard::Audit audit = guard::audit(contract, connection);
  audit.program = program_and_version();
  print_text(render(audit, options.format));
  return audit.clean() ? 0 : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_audit(CLI::App& app) {
  const auto options = std::make_shared<AuditOptions>();
  app.description(description);
  declare_target(app, options->target);
  app.add_option("--format", options->format, "how to print the findings: text, json, sarif, github or junit")
      ->transform(choice(formats))
      ->type_name("FORMAT");
  return [options] { return run_audit(*options); };
}

}  // namespace cli
