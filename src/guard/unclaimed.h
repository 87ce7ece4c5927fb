// What the contract leaves open about who mints ids.
#pragma once

#include <string>
#include <vector>

#include "guard/bind.h"
#include "pg/connection.h"

namespace guard {

// Adds a note for each table with populations that name no sequence, and one for sequences that nothing is known to
// draw from: no column's default or identity, and no population.
void note_unclaimed(const Bound& bound, pg::Connection& connection, std::vector<std::string>& notes);

}  // namespace guard
