#include "apply/ceilings.h"

#include <fmt/core.h>

#include "base/text.h"

namespace apply {

bool may_set_timeouts(std::string_view statement) {
  const std::string text = base::lower_case(statement);
  return text.find("_timeout") != std::string::npos || text.find("set_config") != std::string::npos;
}

std::string ceilings(const Limits& limits) {
  std::string most;
  for (const auto& [name, value] : session_settings(limits)) {
    if (!name.ends_with("_timeout")) continue;
    most += fmt::format("{}('{}', '{}')", most.empty() ? "" : ", ", name, value);
  }
  return fmt::format(
      "SELECT pg_catalog.set_config(s.name, m.most, true) FROM (VALUES {}) AS m(name, most)"
      " JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) m.name, LATERAL (SELECT "
      "s.setting::pg_catalog.int8"
      " AS now, pg_catalog.btrim(m.most, 'ms')::pg_catalog.int8 AS most) v"
      " WHERE v.most OPERATOR(pg_catalog.>) 0 AND (v.now OPERATOR(pg_catalog.=) 0 OR v.now OPERATOR(pg_catalog.>) "
      "v.most)",
      most);
}

}  // namespace apply
