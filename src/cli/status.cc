#include "repository/status.h"

#include <memory>

#include "base/error.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/repository.h"
#include "sys/clock.h"

namespace cli {

namespace {

constexpr const char* description =
    "The contract's promises against what is really there: for each tier and store the age of the newest good recovery "
    "point, what a disaster this second would lose, when a restore was last drilled and how long it took, sizes, "
    "growth and cost.\n\n"
    "A store that does not answer counts as having nothing. Exits 0 where every promise is kept, 1 where one is broken "
    "(nagios: 0 OK, 2 CRITICAL).";

struct StatusOptions {
  std::string contract;
  std::string format = "text";
};

std::string render(const repository::Status& status, const std::string& format) {
  if (format == "json") return repository::to_json(status);
  if (format == "prometheus") return repository::to_prometheus(status);
  if (format == "nagios") return repository::to_nagios(status);
  return as_text(repository::to_document(status));
}

int run_status(const StatusOptions& options) {
  constexpr int critical = 2;  // as monitoring plugins have it
  const repository::Repository repository = open_repository_of(options.contract, repository::Keys::wanted);
  auto inventories = repository::take_inventory(repository);
  repository::read_rtos(repository, inventories);
  repository::Status status = repository::judge(inventories, repository.contract.backups, sys::now());
  if (const std::string unasked = unasked_seals(repository); !unasked.empty()) status.notes.push_back(unasked);
  print_text(render(status, options.format));
  if (status.kept()) return 0;
  return options.format == "nagios" ? critical : base::exit_status(base::Code::refused);
}

}  // namespace

Action declare_status(CLI::App& app) {
  const auto options = std::make_shared<StatusOptions>();
  app.description(description);
  declare_contract_option(app, options->contract);
  app.add_option("--format", options->format, "how to print it: text, json, prometheus or nagios")
      ->transform(choice_of({"text", "json", "prometheus", "nagios"}))
      ->type_name("FORMAT");
  return [options] { return run_status(*options); };
}

}  // namespace cli
