#include "apply/difference.h"

#include <algorithm>

namespace apply {

std::string_view name(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::changed:
      return "changed";
    case DifferenceKind::taken:
      return "taken";
    case DifferenceKind::unplanned:
      return "unplanned";
    case DifferenceKind::untouched:
      return "untouched";
    case DifferenceKind::result:
      return "result";
    case DifferenceKind::definition:
      return "definition";
    case DifferenceKind::catalog:
      return "catalog";
    case DifferenceKind::large_objects:
      return "large-objects";
    case DifferenceKind::sequence:
      return "sequence";
    case DifferenceKind::foreign:
      return "foreign";
    case DifferenceKind::unproven:
      return "unproven";
  }
  return "unproven";
}

void Difference::add_column(const std::string& id, const std::string& column, std::optional<std::string_view> planned,
                            std::optional<std::string_view> found) {
  if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  if (values.size() < sample) {
    values.push_back({id, column, std::optional<std::string>(planned), std::optional<std::string>(found)});
  }
}

Difference& DifferenceList::at(DifferenceKind kind, const std::string& table, std::string_view message) {
  Difference& entry = entries_[{table, kind}];
  if (entry.message.empty()) {
    entry.kind = kind;
    entry.table = table;
    entry.message = message;
  }
  return entry;
}

std::vector<Difference> DifferenceList::take() {
  std::vector<Difference> all;
  for (auto& [key, entry] : entries_) all.push_back(std::move(entry));
  entries_.clear();
  return all;
}

}  // namespace apply
