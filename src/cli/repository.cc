#include "cli/repository.h"

#include <fmt/core.h>

#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "cli/contract_file.h"
#include "report/printable.h"
#include "sys/account.h"

namespace cli {

void declare_contract_option(CLI::App& app, std::string& contract) {
  app.add_option("--contract", contract, "the contract; else pgrehearse.toml here or above, else a local store")
      ->type_name("FILE");
}

std::filesystem::path store_memory() {
  return sys::state_directory() / "stores";
}

repository::Repository open_repository_of(const std::string& contract, repository::Keys keys) {
  return repository::open_repository(load_contract_if_any(contract), store_memory(), keys);
}

void complain(const repository::Target& target, std::string_view consequence) {
  std::string text = fmt::format("store {}: {}", target.name, target.failure->message());
  if (!target.failure->hint().empty()) text += "\n" + target.failure->hint();
  for (const std::string& line : report::printable_lines(text)) fmt::print(stderr, "  {}\n", line);
  fmt::print(stderr, "  {}\n", consequence);
}

}  // namespace cli
