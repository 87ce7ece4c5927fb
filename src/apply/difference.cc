#include "apply/difference.h"

namespace apply {

std::string_view name(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::missing:
      return "missing";
    case DifferenceKind::changed:
      return "changed";
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
