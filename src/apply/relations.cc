#include "apply/relations.h"

#include <algorithm>

namespace apply {

const pg::Table* table_named(const pg::Catalog& catalog, const std::string& name) {
  const auto found = std::find_if(catalog.tables.begin(), catalog.tables.end(),
                                  [&](const auto& table) { return table.second.qualified() == name; });
  return found == catalog.tables.end() ? nullptr : &found->second;
}

changeset::Relation relation_of(const pg::Table& table) {
  changeset::Relation relation{.oid = table.oid, .schema = table.schema, .name = table.name};
  std::vector<int> numbers;
  for (const pg::Column& column : table.columns) {
    const bool in_key =
        std::find(table.primary_key.begin(), table.primary_key.end(), column.number) != table.primary_key.end();
    if (column.generated && !in_key) continue;
    relation.columns.push_back({column.name, column.type});
    numbers.push_back(column.number);
  }
  for (const int number : table.primary_key) {
    relation.key.push_back(
        static_cast<std::uint32_t>(std::find(numbers.begin(), numbers.end(), number) - numbers.begin()));
  }
  return relation;
}

}  // namespace apply
