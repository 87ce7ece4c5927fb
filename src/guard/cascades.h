// Foreign keys by which deleting a contract row deletes others, and how many rows hang there.
#pragma once

#include "guard/bind.h"
#include "guard/finding.h"
#include "pg/connection.h"

namespace guard {

// Rule: foreign-key-cascades, a note for every foreign key ON DELETE CASCADE that leads to a contract table, directly
// or through others, with rows per population. Counting is bounded: what the planner thinks dear, or what takes too
// long, is estimated and said to be "about". Tables that may not be read are named without numbers.
void judge_cascades(const Bound& bound, pg::Connection& connection, Findings& findings);

}  // namespace guard
