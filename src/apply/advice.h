// What makes a script do something else in an apply than in its rehearsal though nothing was changed in between, so
// that another plan would be refused as well. A sentence for whoever meets it; nullopt: it does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/preflight.h"
#include "changeset/change.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

// Deferred triggers of the planned tables, which an apply runs at the end of its one transaction.
std::optional<std::string> deferred_to_its_end(pg::Connection& production, const OneTransaction& transaction,
                                               const std::vector<changeset::Relation>& tables);

// Dates among what came out otherwise. Times are microseconds since 1970 UTC.
std::optional<std::string> counted_from_another_day(const pg::Catalog& catalog, std::int64_t rehearsed,
                                                    std::int64_t now, const std::vector<Difference>& differences);

}  // namespace apply
