// What must not be there twice: unique indexes and exclusion constraints (manual: "pg_index").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apply/value_batch.h"
#include "pg/connection.h"

namespace apply {

struct Unique {
  std::string name;
  std::uint32_t table = 0;           // oid
  std::string from;                  // the table as it stands in FROM
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

// Calls `count` for each of the values that rows have in the key's columns, with how many do. For plain ones.
void count_holders(pg::Connection& connection, const Unique& unique, ValueBatch& values,
                   const std::function<void(std::size_t, std::int64_t)>& count);

}  // namespace apply
