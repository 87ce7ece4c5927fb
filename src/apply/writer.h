// Doing a changeset to production row by row, without the script that it came from.
//
// For undo (the changeset turned round) and for plans of --exec, which have no SQL to run. Deletions, then updates,
// then insertions, by COPY and by batches of keys; generated columns are left to the server; identities are kept. User
// triggers must not fire, because what they did is in the changeset already: where the role may set
// session_replication_role they are silenced, and foreign keys are checked by anti-join and key locks afterwards; where
// it may not, tables must have no user triggers and foreign keys decide the order (write_order.h), or what they tie
// together is one statement, and held in memory for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apply/target.h"
#include "base/error.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/plan.h"

namespace apply {

// Which way changes are going to be made: as they stand, or turned round (inverted()).
enum class Way { forth, back };

// That the role cannot do a changeset without firing triggers, or lacks a privilege.
struct Unwritable {
  std::string why;     // a sentence: names tables, triggers and rules
  std::string remedy;  // the GRANTs that are missing and whatever else it takes, separated by "; "
};
// Read only, in or out of a transaction.
std::optional<Unwritable> why_not_writable(Target& target, const pg::Catalog& catalog, const changeset::Reader& net,
                                           Way way);
// Throws it, as Error(refused).
void check_writable(Target& target, const pg::Catalog& catalog, const changeset::Reader& net);

// Writes all changes of `net` (rows whose images were found and locked before) inside the session's open transaction,
// READ COMMITTED and pinned (PinnedSession). Returns what the server must have counted, by "schema.table": an update
// that had to be done as deletion and insertion counts as these. Deferred constraints have been checked when it
// returns. Throws Error(server) on what the server refuses, Error(refused) with the rows where a foreign key would
// break, or where a row is not there any more.
std::map<std::string, rehearse::Counts> write_rows(Target& target, const pg::Catalog& catalog,
                                                   const changeset::Reader& net);

// A change that the server does not take, though others it does.
struct Loser {
  changeset::Position position;
  changeset::Op op =
      changeset::Op::insert;  // what it was doing to the row: an update may fail as deletion or insertion
  std::string sqlstate;
  std::string message;  // the server's
};

// Whether an error is one row's own: constraints, values that do not fit, identities. Not that locks cannot be had, a
// privilege is missing or a server went away.
bool is_of_one_row(const base::Error& error);

// Whether an error says of a question about rows that it cannot be asked: a value does not fit any more, or an
// expression is such as only the server can carry out. Then the server answers it when the rows are written.
bool cannot_be_asked(const base::Error& error);

// Tries all changes of `net` as write_rows() does, those that fail in ever smaller batches until each stands alone, and
// takes everything back. In the same transaction as write_rows(), to know what to leave out of it.
std::vector<Loser> find_losers(Target& target, const pg::Catalog& catalog, const changeset::Reader& net);

// A change turned round: what undoes it. An insertion becomes a deletion, and so on.
changeset::Change inverted(const changeset::Change& change);

}  // namespace apply
