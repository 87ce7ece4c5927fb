// What a script's effects hang on besides rows: the definitions that a plan remembers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace rehearse {

// Of every object whose alteration could change what a script does to `tables` ("schema.table", partitions by their
// own names): the tables with their ancestors, columns, constraints, triggers, rules and policies, foreign keys of
// other tables that point at them, and every function, domain and enum that is named in any of these, however far.
// Sorted by object. Equal on a database, on a base backup of it, and where pg_dump took it: what these change in the
// spelling (owners, grants, storage, numbers of columns, brackets, casts between text types) is left out.
std::vector<Definition> relevant_definitions(const pg::Catalog& catalog, const std::set<std::string>& tables);

}  // namespace rehearse
