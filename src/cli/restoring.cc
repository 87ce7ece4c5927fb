#include "cli/restoring.h"

#include <fmt/core.h>

#include "base/error.h"
#include "cli/repository.h"

namespace cli {

void declare_restoring(CLI::App& app, RestoringOptions& options) {
  app.add_option("--store", options.store, "read from this store of the contract only")->type_name("NAME");
  declare_contract_option(app, options.contract);
  app.add_flag("--no-sandbox", options.no_sandbox,
               "run without bubblewrap: what a dump contains could then reach the world");
}

repository::Repository open_repository(const RestoringOptions& options) {
  repository::Repository opened = open_repository_of(options.contract);
  if (options.store.empty()) return opened;
  std::erase_if(opened.stores, [&](const repository::Target& target) { return target.name != options.store; });
  if (!opened.stores.empty()) return opened;
  throw base::Error(base::Code::usage, fmt::format("the contract has no store {}", options.store),
                    "its stores are the [stores.NAME] of pgrehearse.toml");
}

}  // namespace cli
