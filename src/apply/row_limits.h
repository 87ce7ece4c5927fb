// Which rows of an undo their table does not take any more, asked before anything is written: NOT NULL, CHECK and
// domains that were added since, columns that were narrowed or have another type (manual: "Constraints"), partitions
// whose bounds are others.
//
// What depends on columns that the changes do not have is not seen here; the server sees it.
#pragma once

#include <functional>

#include "apply/dependents.h"

namespace apply {

// Calls `conflict` once for each insertion and update in `inverse` whose row its table would refuse by itself, whatever
// other rows there are. In a pinned session's transaction.
void find_unfit(pg::Connection& connection, const changeset::Reader& inverse, const pg::Catalog& catalog,
                const std::function<void(const Dependent&)>& conflict);

}  // namespace apply
