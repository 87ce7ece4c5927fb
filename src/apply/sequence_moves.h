// Rows that are applied without their program carry numbers that it drew: nobody must be given these again.
//
// Others draw from the same sequences all the while. A sequence therefore goes on by drawing from it, which no
// concurrent draw can turn into a step back; setval() could. Where the program set it too far away to draw all the way,
// ALTER SEQUENCE locks it until the transaction ends, and a rollback takes that back (manual: "ALTER SEQUENCE", Notes).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/plan.h"

namespace apply {

// A sequence that was moved, and the last number that was drawn from it: "public.users_id_seq", 13.
using DrawnTo = std::map<std::string, std::int64_t>;

// Moves each sequence of the plan on to where its program left it, unless it is there or past it already: only ever
// forward. In the session's open transaction, best just before the rows are written, so that nobody is given one of
// their numbers meanwhile. What was drawn, which no rollback takes back, is in `drawn` at once, also where it throws
// Error(server): no permission (42501), …
void move_sequences(pg::Connection& session, const rehearse::Plan& plan, const pg::Catalog& catalog, DrawnTo& drawn);

}  // namespace apply
