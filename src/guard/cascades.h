// Foreign keys by which deleting a contract row deletes others, and how many rows hang there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "guard/bind.h"
#include "guard/finding.h"
#include "pg/connection.h"

namespace guard {

// A foreign key ON DELETE CASCADE that leads to a contract table, directly or through others.
struct Cascade {
  std::string child;  // schema.table, whose rows go
  std::string with;   // the contract table
  std::string way;    // through others: "public.messages → public.sessions → public.users"; else empty
  std::string constraint;
  std::int64_t rows = 0;  // that hang there
  std::string hanging;    // "oauth 10, test about 1"; or why it is not known
};

// Of every table in `bound`, each on its shortest way. Counting is bounded: what the planner thinks dear, or what takes
// too long, is estimated and said to be "about". Tables that may not be read are named without numbers.
std::vector<Cascade> read_cascades(const Bound& bound, pg::Connection& connection);

inline constexpr const char* cascade_rule = "foreign-key-cascades";
inline constexpr const char* cascade_advice =
    "nothing, while deletions go by population; rehearse every other one: `pgrehearse plan`";
// Rule: foreign-key-cascades, a note.
Finding finding_of(const Cascade& cascade);

}  // namespace guard
