// What an open transaction changed in the system catalogs, beyond temporary objects: definitions, privileges, settings.
//
// A catalog's row is a version like any other: those of ours are what our session sees and the witness does not, those
// that we removed are what the witness sees and our session does not. Exact whatever was counted, and asked only of
// catalogs that were written.
#pragma once

#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/target.h"

namespace apply {

// `catalogs` are names in pg_catalog that the session may read. The session is in its transaction and pinned, the
// witness outside of any. Objects by name, an entry each: those that stand for themselves, or the parts that changed of
// others. `sequences` ("schema.table") may have been altered.
std::vector<Difference> catalog_changes(Target& target, const std::vector<std::string>& catalogs,
                                        const std::vector<std::string>& sequences);

}  // namespace apply
