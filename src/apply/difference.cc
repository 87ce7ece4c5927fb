#include "apply/difference.h"

#include <algorithm>

#include "changeset/tuple.h"

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

void Difference::add_columns(const changeset::Relation& relation, const std::string& id, std::string_view planned_row,
                             std::string_view found_row, std::string_view planned_masked,
                             std::string_view found_masked) {
  const std::size_t width = relation.columns.size();
  const auto values_in = [&](std::string_view tuple) {
    std::vector<changeset::Value> all = changeset::values_of(tuple);
    all.resize(width);
    return all;
  };
  const auto planned = values_in(planned_row);
  const auto found = values_in(found_row);
  const auto one = values_in(planned_masked);
  const auto other = values_in(found_masked);
  std::vector<std::size_t> differ;
  for (const bool as_they_stand : {true, false}) {
    for (std::size_t i = 0; i < width; ++i) {
      if (one[i] != other[i] && (!as_they_stand || planned[i] != found[i])) differ.push_back(i);
    }
    if (!differ.empty()) break;
  }
  for (const std::size_t i : differ) {
    const std::string& column = relation.columns[i].name;
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    if (values.size() < sample) {
      values.push_back({id, column, std::optional<std::string>(planned[i]), std::optional<std::string>(found[i])});
    }
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
