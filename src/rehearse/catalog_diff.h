// What a script did to the catalog, for people: objects added, dropped and changed.
#pragma once

#include <vector>

#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace rehearse {

// Sorted by object. What belongs to a table that was itself added or dropped (its columns, constraints, triggers,
// policies) is left out.
std::vector<CatalogChange> catalog_changes(const pg::Catalog& before, const pg::Catalog& after);

}  // namespace rehearse
