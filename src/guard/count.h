// Taking the census of a live table, in the way that costs the server least.
#pragma once

#include "guard/bind.h"
#include "guard/census.h"
#include "pg/connection.h"

namespace guard {

// What the planner expects of a query.
struct Estimate {
  double cost = 0;
  double rows = 0;
  double scan = 0;  // the dearest scan of a whole table in it
};
Estimate estimate(pg::Connection& connection, const std::string& query);

// Where an index leads with the population, each cell is asked for by itself: exactly where rows should not be or are
// few, and by its ends and the planner's estimate where it is the bulk of the table. Where that would take
// scans of the whole table, or several times the cost of one, as the planner has it, the table is read once, in
// parallel if the server likes, and everything is exact. Throws Error(contract) where the column has so many values
// that it is no population.
Census take_census(const BoundTable& table, pg::Connection& connection);

// Valid B-tree indexes whose first column is `column`; partial ones do not count.
bool leads_an_index(std::uint32_t table, const BoundColumn& column, pg::Connection& connection);

}  // namespace guard
