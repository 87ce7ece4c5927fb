#include "cli/restoring.h"

#include "cli/repository.h"

namespace cli {

void declare_restoring(CLI::App& app, RestoringOptions& options) {
  app.add_option("--store", options.store, "read from this store of the contract only")->type_name("NAME");
  declare_contract_option(app, options.contract);
  app.add_flag("--no-sandbox", options.no_sandbox,
               "run without bubblewrap: what a dump contains could then reach the world");
}

repository::Repository open_repository(const RestoringOptions& options) {
  return open_repository_of(options.contract, repository::Keys::needed, options.store);
}

}  // namespace cli
