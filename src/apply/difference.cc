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

namespace {

std::vector<std::optional<std::string>> texts_of(std::string_view tuple, std::size_t columns) {
  std::vector<std::optional<std::string>> texts;
  for (changeset::TupleReader values(tuple); !values.done();) {
    const changeset::Value value = values.next();
    texts.emplace_back();
    if (value) texts.back().emplace(*value);
  }
  texts.resize(columns);
  return texts;
}

}  // namespace

void Difference::add_columns(const changeset::Relation& relation, const std::string& id, std::string_view planned_row,
                             std::string_view found_row, std::string_view planned_masked,
                             std::string_view found_masked) {
  const std::size_t width = relation.columns.size();
  const auto planned = texts_of(planned_row, width);
  const auto found = texts_of(found_row, width);
  const auto one = texts_of(planned_masked, width);
  const auto other = texts_of(found_masked, width);
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
    if (values.size() < sample) values.push_back({id, column, planned[i], found[i]});
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
