// Whether the database itself holds a contract table to its contract: index, NOT NULL and CHECK on the population.
#pragma once

#include "guard/bind.h"
#include "guard/finding.h"
#include "pg/connection.h"

namespace guard {

// Rules: population-index-missing, population-nullable, population-check-missing. Which rows the CHECK constraints let
// through is not read off their text but asked of their expressions, with ids from both ends of every range that is
// none of the population's own. A constraint that calls functions or operators of users is not asked, and does not
// count.
void judge_shape(const BoundTable& table, pg::Connection& connection, Findings& findings);

}  // namespace guard
