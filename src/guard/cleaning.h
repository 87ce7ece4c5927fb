// Removing test data: counted first, deleted by population, and undone as a whole where anything else was touched.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "guard/dependents.h"
#include "guard/test_population.h"

namespace guard {

// What triggers did to tables that have nothing to do with the contract.
struct Aside {
  std::string table;
  std::int64_t inserted = 0, updated = 0, deleted = 0;
};

struct Cleaning {
  std::vector<Going> going;
  std::vector<Hindrance> hindrances;  // not empty: nothing may be deleted
  std::vector<Outside> outside;
  std::int64_t outside_accepted = 0;  // so many rows outside somebody has looked at, and says that they may go
  bool executed = false;
  std::vector<Aside> asides;
  std::int64_t deleted() const;
  std::int64_t outside_rows() const;
  bool refused() const { return !hindrances.empty() || outside_rows() > outside_accepted; }
};

// What would go, in a read-only transaction.
Cleaning count_test_data(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& populations,
                         std::int64_t outside_accepted = 0);

// Counts, tells `counted`, deletes, and commits only if the server's own counters and locks say that exactly those rows
// were deleted; where it is refused() it deletes nothing and returns. Throws Error(refused) where the server did
// something else, and Error(server); the transaction is then undone as a whole. `connection` is open_session()'s and
// has written nothing yet.
Cleaning clean_test_data(pg::Connection& connection, const Bound& bound, const std::vector<TestPopulation>& populations,
                         std::int64_t outside_accepted, const std::function<void(const Cleaning&)>& counted);

}  // namespace guard
