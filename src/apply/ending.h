// Committing so that nobody ever has to guess: which transaction it is is durable before it can be committed, and how
// it ended, where nobody heard, is asked of the server (pg_xact_status, pg_prepared_xacts; manual: "Transaction ID and
// Snapshot Information Functions").
//
// Only the server that ran a transaction is ever asked: system identifier, database and timeline have to be those of
// the record. Between COMMIT and its outcome Ctrl-C is not obeyed for longer than it takes to ask.
#pragma once

#include <chrono>
#include <string>
#include <vector>

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

// What a new record says of where and by whom: started, person, role, target, database, system_identifier, and which
// backend works on it.
Record draft_record(Target& target);

enum class Phases { one, two };

// Gives the open transaction of target.session() its id and writes that down (State::deciding or State::undoing), with
// a name where it is going to be prepared. Best before it locks anything: it waits for two disks. From now on whoever
// finds the record asks the server; a transaction that was not committed is known to have changed nothing. Throws
// Error(storage) where it could not be written down, Error(server).
void announce(Target& target, RecordStore::Open& record, Act act, Phases phases = Phases::one);

// The announced transaction has been verified, and its COMMIT will wait for the disk (ensure_synchronous): commits.
// Where no answer comes: reconnects and asks, for up to a minute. The record's state says the outcome when this
// returns; an undo's is State::undone where undo_leaves is 0. Throws Error(server) where the COMMIT was answered by
// an error or not carried out: rolled back, and the record says so.
Fate commit(Target& target, RecordStore::Open& record, Act act);

// The same in two phases. After prepare() the transaction belongs to no session. Where it throws, the transaction is
// rolled back, or the record is in a passing state. finish() decides: `keep` writes the decision down, then COMMIT
// PREPARED; else ROLLBACK PREPARED. finish() retries over lost connections for up to a minute.
void prepare(Target& target, RecordStore::Open& record, Act act);
Fate finish(Target& target, RecordStore::Open& record, Act act, bool keep);

// For a record that a dead process left in a passing state: asks the server, resolves what is prepared, and writes the
// outcome down. Also ends a backend of ours that is still at work on it. Fate::unknown leaves the record as it is;
// `why` then says the reason, half a sentence.
struct Resolution {
  Fate fate = Fate::unknown;
  std::string why;
};
Resolution resolve(Target& target, RecordStore::Open& record);

// For a record in State::running whose server cannot be asked: nothing of it can be committed. Writes that down.
void give_up(RecordStore::Open& record);

// What every apply, undo and applies does first: resolves all records of this target that a dead process left behind.
// Returns a sentence for each that it found, and for each transaction of ours that is prepared there without a record
// here: those it leaves alone.
std::vector<std::string> resolve_leftovers(RecordStore& store, Target& target);

// Connects as Target::open does; a server that is just starting or recovering is waited for, up to `patience`.
Target open_patiently(const pg::Parameters& parameters, const std::string& role, const Limits& limits,
                      std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace apply
