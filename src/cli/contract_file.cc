#include "cli/contract_file.h"

#include <fmt/core.h>

#include <filesystem>
#include <optional>

#include "base/error.h"

namespace cli {

namespace {

std::optional<std::filesystem::path> contract_here() {
  std::error_code gone;
  const std::filesystem::path directory = std::filesystem::current_path(gone);
  return gone ? std::nullopt : contract::find_contract(directory);
}

}  // namespace

contract::Contract load_contract(const std::string& named, std::string_view command) {
  if (!named.empty()) return contract::load(named);
  if (const auto found = contract_here()) return contract::load(*found);
  throw base::Error(base::Code::usage,
                    fmt::format("{} needs a contract, and there is no pgrehearse.toml here or above", command),
                    "name it with --contract, or let `pgrehearse init` propose one");
}

contract::Contract load_contract_if_any(const std::string& named) {
  if (!named.empty()) return contract::load(named);
  const auto found = contract_here();
  return found ? contract::load(*found) : contract::Contract{};
}

}  // namespace cli
