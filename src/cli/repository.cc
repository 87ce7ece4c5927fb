#include "cli/repository.h"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "cli/contract_file.h"
#include "report/printable.h"
#include "sys/account.h"
#include "sys/terminal.h"

namespace cli {

void declare_contract_option(CLI::App& app, std::string& contract) {
  app.add_option("--contract", contract, "the contract; else pgrehearse.toml here or above, else a local store")
      ->type_name("FILE");
}

void declare_allow_unsealed(CLI::App& app, bool& allow) {
  app.add_flag("--allow-unsealed", allow,
               "though the contract has keys, take recovery points that were written without one");
}

std::filesystem::path store_memory() {
  return sys::state_directory() / "stores";
}

repository::Repository open_repository_of(const std::string& contract, repository::Keys keys,
                                          const std::string& only_store) {
  repository::Repository opened = repository::open_repository(load_contract_if_any(contract), store_memory(), keys);
  if (only_store.empty()) return opened;
  const auto is_other = [&](const auto& store) { return store.name != only_store; };
  std::erase_if(opened.stores, is_other);
  std::erase_if(opened.contract.backups.stores, is_other);
  if (!opened.stores.empty()) return opened;
  throw base::Error(base::Code::usage, fmt::format("the contract has no store {}", only_store),
                    "its stores are the [stores.NAME] of pgrehearse.toml");
}

std::string unasked_seals(const repository::Repository& repository) {
  if (repository.keyless.empty()) return {};
  return "who wrote the manifests was not checked: " + repository.keyless;
}

void tell_keyless(const repository::Repository& repository) {
  if (const std::string told = unasked_seals(repository); !told.empty())
    fmt::print(stderr, "{}\n", report::printable(told));
}

bool is_unwatched() {
  sys::Progress::only_on_terminals();
  return !sys::terminal(1).is_terminal && !sys::terminal(2).is_terminal;
}

void complain(const repository::Target& target, std::string_view consequence) {
  std::string text = fmt::format("store {}: {}", target.name, base::mask_secrets(target.failure->message()));
  if (!target.failure->hint().empty()) text += "\n" + target.failure->hint();
  for (const std::string& line : report::printable_lines(text)) fmt::print(stderr, "  {}\n", line);
  fmt::print(stderr, "  {}\n", consequence);
}

}  // namespace cli
