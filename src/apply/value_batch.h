// Values of rows, gathered to be asked about in one statement.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "apply/table_rows.h"
#include "changeset/tuple.h"
#include "pg/connection.h"

namespace apply {

class ValueBatch {
 public:
  explicit ValueBatch(std::size_t columns) : arrays_(columns) {}
  // Returns the number that the answers call these values by, from 0. Equal ones are asked about once. `id`: how the
  // row is named to people.
  std::size_t add(const std::vector<changeset::Value>& values, std::string id);
  bool empty() const { return rows_ == 0; }
  bool full() const { return rows_ >= max_rows || bytes_ >= max_bytes; }
  std::size_t size() const { return entries_.size(); }  // different values
  // Of the first row that brought the values.
  const std::string& id(std::size_t number) const { return entries_.at(number).id; }
  // The values, as a tuple.
  const std::string& spelt(std::size_t number) const { return *entries_.at(number).spelt; }
  // The arrays as parameters, "{…}" each; the ids stay until clear().
  std::vector<pg::OptionalText> parameters();
  void clear();

 private:
  static constexpr std::size_t max_rows = 50'000;
  static constexpr std::size_t max_bytes = 4u << 20;

  std::vector<ArrayLiteral> arrays_;
  struct Entry {
    std::string id;
    const std::string* spelt;  // a key of numbers_
  };
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

// "unnest($1::text[], …) WITH ORDINALITY AS k(v0, …, n)"; n counts from 1, and so do parameters, unless some are
// `taken`.
std::string unnested(std::size_t columns, std::size_t taken = 0);

}  // namespace apply
