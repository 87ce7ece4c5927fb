// The columns of a table, as far as it takes to make a row: what has to have a value, and a plain one of its type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guard/bind.h"
#include "pg/connection.h"

namespace guard {

struct Column {
  std::string name;
  std::string type;          // as SQL of this session writes it
  std::string base;          // below all domains: "int4"
  char category = 'U';       // pg_type.typcategory of that
  char kind = 'b';           // its typtype
  std::int64_t length = -1;  // of character types, -1: any
  std::string label;         // an enum's first
  bool has_to = false;       // NOT NULL, and nothing fills it
  bool generated = false;
  bool refers = false;  // part of a foreign key
  // Of a key of this column alone: the table, as the search path needs it, and the column that it refers to, quoted.
  std::string parent, parent_column;
  bool unique = false;  // part of a unique index
};

std::vector<Column> read_columns(pg::Connection& connection, const BoundTable& table);

// SQL for a value that any row may have; nullopt: there is none, for the type has no plain one, or rows may not share
// it.
std::optional<std::string> plain_value(const Column& column);

}  // namespace guard
