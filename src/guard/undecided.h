// Rows that a migration cannot place by itself: those outside of their id space, and those without a population.
#pragma once

#include <string>
#include <vector>

#include "guard/needs.h"
#include "pg/connection.h"

namespace guard {

// The ids of the first rows of `population` that are outside of its space.
std::vector<std::string> stray_ids(const BoundTable& table, const contract::Population& population,
                                   pg::Connection& connection);

// Of a table without the column that is every row. Reads the table once or twice.
Unpopulated read_unpopulated(const BoundTable& table, pg::Connection& connection);

}  // namespace guard
