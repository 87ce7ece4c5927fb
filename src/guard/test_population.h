// The populations that may come and go: test data, as the contract declares it.
#pragma once

#include <string>
#include <vector>

#include "guard/bind.h"

namespace guard {

struct TestPopulation {
  const BoundTable* table = nullptr;
  const contract::Population* population = nullptr;
  // That mints its ids: the contract's, else the one that `contract sql` makes where the contract has none; 0: none.
  std::uint32_t sequence = 0;
  bool negated = false;
};

// The sequence that mints ids of a population for which the contract names none; 0: `contract sql` has not made it.
std::uint32_t own_sequence(const BoundTable& table, const contract::Population& population, pg::Connection& connection);

// The disposable populations in `bound`, of the table and of the name that are given, where they are. Throws
// Error(contract) where the contract has none, Error(usage) where those words leave none.
std::vector<TestPopulation> test_populations(const contract::Contract& contract, const Bound& bound,
                                             pg::Connection& connection, const std::string& table,
                                             const std::string& population);

// The one among them that rows can be made for. Throws Error(usage) where there are several, and names them.
const TestPopulation& only_one(const std::vector<TestPopulation>& populations);

}  // namespace guard
