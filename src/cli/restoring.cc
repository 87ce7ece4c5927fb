#include "cli/restoring.h"

#include "cli/repository.h"

namespace cli {

void declare_restoring(CLI::App& app, RestoringOptions& options) {
  app.add_option("--store", options.store, "read from this store of the contract only")->type_name("NAME");
  declare_contract_option(app, options.contract);
  app.add_flag("--no-sandbox", options.no_sandbox,
               "run without bubblewrap: what a dump contains could then reach the world");
  declare_allow_unsealed(app, options.allow_unsealed);
}

repository::Repository open_repository(const RestoringOptions& options) {
  repository::Repository opened = open_repository_of(options.contract, repository::Keys::needed, options.store);
  opened.allow_unsealed = options.allow_unsealed;
  return opened;
}

}  // namespace cli
