#include "contract/database.h"

#include <fmt/core.h>

#include "base/error.h"

namespace contract {

std::string database_of(const Contract& contract, const std::string& named, std::string_view option) {
  if (!named.empty()) return named;
  if (contract.database_url_variable.empty()) return contract.database_url;
  throw base::Error(base::Code::contract,
                    fmt::format("{} names the database as env:{}, and {} is not set", contract.file.string(),
                                contract.database_url_variable, contract.database_url_variable),
                    fmt::format("nothing was run; set it, or name the database with {}", option));
}

}  // namespace contract
