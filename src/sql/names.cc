#include "sql/names.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sql {

std::string identifier(std::string_view written) {
  if (!written.starts_with('"')) return base::lower_case(written);
  written.remove_prefix(1);
  if (written.ends_with('"')) written.remove_suffix(1);
  std::string name;
  for (std::size_t i = 0; i < written.size(); ++i) {
    name += written[i];
    if (written.substr(i).starts_with("\"\"")) ++i;
  }
  return name;
}

TableName qualified_name(std::string_view written) {
  TableName result;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t at = 0; at <= written.size(); ++at) {
    if (at < written.size() && written[at] == '"') quoted = !quoted;
    if (at < written.size() && (written[at] != '.' || quoted)) continue;
    result.schema = std::exchange(result.name, identifier(written.substr(begin, at - begin)));
    begin = at + 1;
  }
  return result;
}

}  // namespace sql
