#include "cli/contract_file.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/error.h"

namespace cli {

contract::Contract load_contract(const std::string& named, std::string_view command) {
  if (!named.empty()) return contract::load(named);
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::current_path(error);
  const auto found = error ? std::nullopt : contract::find_contract(directory);
  if (found) return contract::load(*found);
  throw base::Error(base::Code::usage,
                    fmt::format("{} needs a contract, and there is no pgrehearse.toml here or above", command),
                    "name it with --contract, or let `pgrehearse init` propose one");
}

}  // namespace cli
