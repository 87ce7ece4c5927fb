#include "rehearse/catalog_diff.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

namespace rehearse {

namespace {

constexpr std::array parts_of_tables = {"column ", "constraint ", "trigger ", "policy ", "rule "};
constexpr std::string_view table_kind = "table ";

using Definitions = std::map<std::string, std::string>;

// "public.users" for every table that only `one` has.
std::set<std::string> tables_only_in(const Definitions& one, const Definitions& other) {
  std::set<std::string> names;
  for (const auto& [object, definition] : one) {
    if (object.starts_with(table_kind) && !other.contains(object)) names.insert(object.substr(table_kind.size()));
  }
  return names;
}

bool goes_with_table(const std::string& object, const std::set<std::string>& tables) {
  const auto kind = std::find_if(parts_of_tables.begin(), parts_of_tables.end(),
                                 [&](const char* part) { return object.starts_with(part); });
  if (kind == parts_of_tables.end()) return false;
  const std::string name = object.substr(std::string_view(*kind).size());
  return std::any_of(tables.begin(), tables.end(),
                     [&](const std::string& table) { return name.starts_with(table + "."); });
}

}  // namespace

std::vector<CatalogChange> catalog_changes(const pg::Catalog& before, const pg::Catalog& after) {
  const auto dropped = tables_only_in(before.definitions, after.definitions);
  const auto added = tables_only_in(after.definitions, before.definitions);
  std::vector<CatalogChange> changes;
  for (const auto& [object, definition] : before.definitions) {
    const auto now = after.definitions.find(object);
    if (now == after.definitions.end()) {
      if (!goes_with_table(object, dropped)) changes.push_back({CatalogChange::Kind::dropped, object});
    } else if (now->second != definition) {
      changes.push_back({CatalogChange::Kind::changed, object});
    }
  }
  for (const auto& [object, definition] : after.definitions) {
    if (!before.definitions.contains(object) && !goes_with_table(object, added)) {
      changes.push_back({CatalogChange::Kind::added, object});
    }
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.object < b.object; });
  return changes;
}

}  // namespace rehearse
