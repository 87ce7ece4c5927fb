// Which row is meant: tables by name over all their shapes, rows by key or by contents.
//
// A table that was altered in the middle of a script has several relations. The first one that was seen sets the
// standard: its columns in their order, and its key by the names of its columns. Rows of other shapes are brought to it
// by name; a column that a shape lacks is NULL there. Relations are named by their index in the changeset. Rows that
// do not fit their relation are Error(input).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changeset/change.h"
#include "changeset/tuple.h"

namespace changeset {

class Identity {
 public:
  struct Table {
    std::string schema;
    std::string name;
    std::vector<std::string> columns;  // of its first shape
    std::vector<std::string> key;      // names of columns; empty: rows are known by their contents
  };

  // The table's number, from 0 in the order in which tables are met.
  std::uint32_t table_of(std::uint32_t index, const Relation& relation);
  const std::vector<Table>& tables() const { return tables_; }

  // Appends to `out` bytes that are equal for equal keys of one table.
  void append_key(std::uint32_t index, std::string_view tuple, std::string& out) const;
  // Bytes that are equal for equal rows of one table: `tuple` itself, or what is then put into `scratch`.
  std::string_view contents(std::uint32_t index, std::string_view tuple, std::string& scratch) const;
  // The row in the columns of relation `to` of the same table. Columns that `to` lacks are left out.
  std::string reshaped(std::string_view tuple, std::uint32_t from, std::uint32_t to) const;

 private:
  static constexpr std::uint32_t lacking = UINT32_MAX;  // for a column: the shape does not have it

  struct Shape {
    std::uint32_t table = 0;
    std::vector<std::string> columns;
    bool standard = false;                   // its columns are those of the table's first shape
    std::vector<std::uint32_t> to_standard;  // its column for each of the first shape's
    std::vector<std::uint32_t> extra;        // its columns that the first shape lacks, by name
    std::vector<std::uint32_t> key;          // its column for each of the key's
    bool leading_key = false;                // the key is its first columns in their order
  };

  const Shape& shape(std::uint32_t index) const;
  Shape describe(std::uint32_t table, const Relation& relation) const;

  std::vector<Table> tables_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;  // (schema, name) -> table
  std::vector<std::optional<Shape>> shapes_;                              // by the index of the relation
};

}  // namespace changeset
