// What our open transaction really did to a table, read from the table itself.
//
// Where the counters cannot settle it (a row updated twice, savepoints rolled back, updates that change nothing, keys
// that every run makes anew), both sides are looked at: rows that our transaction wrote are those whose xmin is still
// in progress and yet visible to us; rows that it removed or replaced are those that the witness sees and we do not.
// That is exact (manual: "System Columns", "Transaction ID and Snapshot Information Functions"). A row that somebody
// else removes and commits in the middle of it is told apart by asking the witness again. The counters, which never
// count too little, say what need not be looked for: old versions cost a sequential scan where rows were updated or
// deleted, new ones the end of the table, or more of it where they went elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "apply/target.h"
#include "changeset/file.h"
#include "rehearse/plan.h"

namespace apply {

// SQL: whether the row `t` was written by a transaction in progress that began with or after `xid`, one of our own. Of
// a row that one sees: whether it was written by oneself, savepoints included.
std::string written_in_progress(std::string_view xid);

// Appends old row versions as deletions, then new ones as insertions; an updated row is both. Both sessions are pinned,
// and the witness is in a READ COMMITTED transaction. `counted`: what the server counted of the table, at least.
void gather(Target& target, const changeset::Relation& relation, const rehearse::Counts& counted,
            changeset::Writer& out);

}  // namespace apply
