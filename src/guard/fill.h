// What to put into the columns of a test row.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "guard/bind.h"
#include "pg/connection.h"

namespace guard {

// A column of an INSERT and the SQL of its value. `parameter` is bound where the expression says {}.
struct Filling {
  std::string column;  // quoted
  std::string expression;
  pg::OptionalText parameter;
};

// Those that a person set, and of the rest those that have to have a value and get none by themselves: a plain value of
// its type, different in every row where it has to be; m.id is the row's id. Throws Error(refused) where id or
// population are set by hand, Error(usage) on columns that do not exist or are generated, on values that are none of
// the column's type, and on columns that only a person can fill (foreign keys, types that have no plain value), which
// it names.
std::vector<Filling> fill_columns(pg::Connection& connection, const BoundTable& table,
                                  const std::vector<std::pair<std::string, std::string>>& set);

}  // namespace guard
