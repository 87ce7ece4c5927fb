#include "apply/lacking.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "pg/connection.h"

namespace apply {

std::vector<std::string> described(const Lacking& lacking) {
  std::vector<std::string> all;
  for (const auto& [object, privileges] : lacking) {
    all.push_back(fmt::format("{} on {}", fmt::join(privileges, ", "), object));
  }
  return all;
}

std::string grants_for(const Lacking& lacking, const std::string& role) {
  std::string grants;
  for (const auto& [object, privileges] : lacking) {
    grants += fmt::format("{}GRANT {} ON {} TO {}", grants.empty() ? "" : "; ", fmt::join(privileges, ", "), object,
                          pg::quote_identifier(role));
  }
  return grants;
}

}  // namespace apply
