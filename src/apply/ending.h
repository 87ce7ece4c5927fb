// Committing so that nobody ever has to guess: what was decided is durable first, and a COMMIT whose answer was lost is
// resolved by asking the server (pg_xact_status, pg_prepared_xacts; manual: "Transaction ID and Snapshot Information
// Functions").
#pragma once

#include <string>

#include "apply/record.h"
#include "apply/target.h"

namespace apply {

enum class Fate {
  committed,
  rolled_back,
  unknown,  // the server cannot be reached, or has forgotten
};

// Which of the record's two transactions is meant.
enum class Act { apply, undo };

// The transaction of target.session() has been verified. Writes down its id (State::deciding or State::undoing), then
// commits. Where no answer comes: reconnects and asks, for up to a minute. The record's state says the outcome when
// this returns. Throws Error(server) where the COMMIT was answered by an error: rolled back.
Fate commit(Target& target, RecordStore::Open& record, Act act);

// The same in two phases. prepare() writes gid and id down, then sends PREPARE TRANSACTION; afterwards the transaction
// belongs to no session. finish() decides: `keep` writes the decision down, then COMMIT PREPARED; else ROLLBACK
// PREPARED. finish() retries over lost connections for up to a minute.
void prepare(Target& target, RecordStore::Open& record, Act act);
Fate finish(Target& target, RecordStore::Open& record, Act act, bool keep);

// For a record that a dead process left in a passing state: asks the server, resolves what is prepared, and writes the
// outcome down. Fate::unknown leaves the record as it is. Also ends a backend of ours that is still at work on it.
Fate resolve(Target& target, RecordStore::Open& record);

}  // namespace apply
