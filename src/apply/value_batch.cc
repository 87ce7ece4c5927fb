#include "apply/value_batch.h"

#include <fmt/core.h>

#include <utility>

namespace apply {

std::size_t ValueBatch::add(const std::vector<changeset::Value>& values, std::string id) {
  std::string spelt = changeset::tuple_of(values);
  bytes_ += spelt.size();
  ++rows_;
  const auto [entry, is_new] = numbers_.try_emplace(std::move(spelt), entries_.size());
  if (!is_new) return entry->second;
  for (std::size_t i = 0; i < arrays_.size(); ++i) arrays_[i].add(values.at(i));
  entries_.push_back({std::move(id), &entry->first});
  return entry->second;
}

std::vector<pg::OptionalText> ValueBatch::parameters() {
  std::vector<pg::OptionalText> parameters;
  for (ArrayLiteral& array : arrays_) parameters.emplace_back(array.take());
  return parameters;
}

void ValueBatch::clear() {
  entries_.clear();
  numbers_.clear();
  rows_ = 0;
  bytes_ = 0;
}

// Of several arrays, unnest is a word of the grammar, and cannot be qualified.
std::string unnested(std::size_t columns, std::size_t taken) {
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < columns; ++i) {
    arrays += fmt::format("{}${}::pg_catalog.text[]", i ? ", " : "", taken + i + 1);
    names += fmt::format("v{}, ", i);
  }
  return fmt::format("unnest({}) WITH ORDINALITY AS k({}n)", arrays, names);
}

}  // namespace apply
