#include "cli/restoring.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "cli/contract_file.h"
#include "repository/keys.h"
#include "store/open.h"

namespace cli {

restore::Repository open_repository(contract::Contract contract) {
  restore::Repository opened;
  for (const contract::Store& declared : contract.backups.stores) {
    opened.stores.push_back({.name = declared.name,
                             .store = store::open_store({.url = declared.url,
                                                         .endpoint = declared.endpoint,
                                                         .region = declared.region,
                                                         .path_style = declared.path_style})});
  }
  const contract::Backups& backups = contract.backups;
  if (!backups.key_file.empty()) {
    opened.keys = std::make_shared<repository::KeyRing>(
        repository::KeyRing::read_file(contract.file.parent_path() / backups.key_file));
  } else if (!backups.key_variable.empty()) {
    opened.keys =
        std::make_shared<repository::KeyRing>(repository::KeyRing::from_reference("env:" + backups.key_variable));
  }
  opened.contract = std::move(contract);
  return opened;
}

void declare_restoring(CLI::App& app, RestoringOptions& options) {
  app.add_option("--store", options.store, "read from this store of the contract only")->type_name("NAME");
  app.add_option("--contract", options.contract, "the contract; else pgrehearse.toml here or above")->type_name("FILE");
  app.add_flag("--no-sandbox", options.no_sandbox,
               "run without bubblewrap: what a dump contains could then reach the world");
}

restore::Repository open_repository(const RestoringOptions& options, std::string_view command) {
  restore::Repository opened = open_repository(load_contract(options.contract, command));
  if (options.store.empty()) return opened;
  std::erase_if(opened.stores, [&](const repository::Target& target) { return target.name != options.store; });
  if (!opened.stores.empty()) return opened;
  throw base::Error(base::Code::usage, fmt::format("the contract has no store {}", options.store),
                    "its stores are the [stores.NAME] of pgrehearse.toml");
}

}  // namespace cli
