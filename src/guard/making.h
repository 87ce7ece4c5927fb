// Making test rows: plain INSERTs with the disposable population's marker and ids out of its space.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "contract/contract.h"
#include "guard/test_population.h"
#include "pg/connection.h"

namespace guard {

struct Wanted {
  std::int64_t rows = 1;
  std::vector<std::pair<std::string, std::string>> set;  // column, value
};

// The ids that rows were given, in order.
struct Made {
  std::string table;
  std::string population;
  std::vector<std::int64_t> ids;
};

// Where free ids of a population are: `rows` of them in a line from `first`, upwards or downwards.
struct FreeIds {
  std::int64_t first = 0;
  std::int64_t step = 1;
};

// The ids that only `population` may hold, of those in `fits`, in order.
std::vector<contract::IdRange> own_ids(const contract::Table& table, const contract::Population& population,
                                       const contract::IdRange& fits);

// One INSERT in one transaction. The ids are the population's sequence's, else the next ones beyond those that exist in
// its space, found under a lock that every other `testdata create` waits for. Nothing is healed: an id that exists, one
// outside of the space, a trigger that changed a row, an exhausted space are Error(refused), and nothing was created.
Made make_test_rows(pg::Connection& connection, const contract::Contract& contract, const TestPopulation& population,
                    const Wanted& wanted);

}  // namespace guard
