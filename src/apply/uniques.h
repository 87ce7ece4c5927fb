// What must not be there twice: unique indexes and exclusion constraints (manual: "pg_index").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace apply {

struct Unique {
  std::string name;
  std::uint32_t table = 0;           // oid
  std::vector<std::string> columns;  // of its key, in order; those of an expression are not among them
  std::vector<std::string> types;    // theirs, without modifiers
  bool plain = true;                 // columns alone: no expressions, no condition
  bool generated = false;            // one of the columns is
  bool nulls_equal = false;
  bool deferrable = false;  // duplicates are looked for by a trigger
  bool exclusion = false;
  bool primary = false;
};

// Of all tables of users.
std::vector<Unique> read_uniques(pg::Connection& connection);

}  // namespace apply
