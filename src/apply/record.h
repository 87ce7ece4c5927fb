// The record of an apply on disk: what was done where, and all that is needed to put it back.
//
//   STATE/applies/ID/{lock,record.json,plan,changes}    docs/formats/apply.md specifies them
//
// STATE is PGREHEARSE_STATE, else PGREHEARSE_HOME/state where that is set, else /var/lib/pgrehearse for root,
// $XDG_STATE_HOME/pgrehearse or ~/.local/state/pgrehearse. Every change of state is durable (file and directory) when
// the call returns. A record has one owner at a time, by a lock; whoever finds a record in a passing state and its lock
// free resolves it (ending.h). Every file holds column values or leads to them: mode 0600 in directories of mode 0700.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "pg/connection.h"

namespace apply {

// The order of a life. Passing states are those in which a process may have died.
enum class State {
  running,         // passing: nothing of it can be committed
  deciding,        // passing: its transaction is known; COMMIT, or PREPARE and COMMIT PREPARED, may have been sent
  applied,         // committed
  refused,         // ended without a change in production
  undoing,         // passing: the undo's COMMIT may have been sent
  undone,          // put back, whole
  undone_in_part,  // put back save for the conflicts that were skipped
};
std::string_view name(State state);
inline bool is_passing(State state) {
  return state == State::running || state == State::deciding || state == State::undoing;
}

// What has to be known to ask the server how a transaction ended.
struct Transaction {
  std::string xid;            // as pg_current_xact_id() gives it (64 bits)
  std::string gid;            // of a prepared transaction; empty: none
  bool decided = false;       // of a prepared one: verified, to be committed; else to be rolled back
  int backend = 0;            // the process that works on it; 0: not known
  std::string backend_start;  // when that one began, in seconds since 1970: its number may have been given away since
  std::string timeline;  // of the server's WAL, as its file names begin: ids of another one mean other transactions
};

struct Record {
  static constexpr int version = 1;
  std::string id;  // "20261125-151203-cleanup-7f3a", by time and plan; create() makes it up
  State state = State::running;
  base::Instant started{};
  std::optional<base::Instant> ended;  // when it was applied or refused
  std::optional<base::Instant> undone;
  std::string person;     // "ada@build-7": account and machine
  std::string role;       // in the database
  pg::Parameters target;  // secrets are left out when it is stored
  std::string database;
  std::string database_oid;  // empty in records of versions that did not write it down
  std::string system_identifier;
  std::string plan_file;  // as given
  std::string plan_hash;  // SHA-256 of the plan file, hex; create() works it out
  std::string proof;      // "locked-rows", …
  std::string outcome;    // one sentence
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  Transaction transaction;             // of the apply
  Transaction undo_transaction;        // of the undo
  State undone_from = State::applied;  // what an undo that is rolled back goes back to
  std::string undone_by;
  std::int64_t undo_leaves = 0;      // rows that the undo at work leaves; set before it commits
  std::int64_t rows_not_undone = 0;  // that the undos so far left
  int undone_parts = 0;              // undos in part that were committed
};

class RecordStore {
 public:
  // Creates STATE where it is missing.
  RecordStore();
  explicit RecordStore(const std::filesystem::path& state);

  class Open;
  // Whether a plan may be done where, as far as the records here say, it is done already, or being done.
  enum class Again { refused, allowed };
  // A new record in State::running, with a copy of the plan file; durable. Throws Error(storage) where it does not fit:
  // before anything was run. `reserve` bytes are held on disk at Open::changes() for what production will really do;
  // whoever writes that file empties it first, and so takes the space over. Removes what creations that died left.
  // Throws already_done() where Again::refused forbids it: of several who come at once, one is let in.
  Open create(Record record, const std::filesystem::path& plan, std::uint64_t reserve, Again again = Again::allowed);
  // The record of an apply of the same plan to the same database that is in force, or may come to be; by plan_hash,
  // system_identifier, database and database_oid.
  std::optional<Record> in_force(const Record& like) const;
  // Throws Error(usage) where there is none or several begin with `id` (a unique beginning is enough); Error(refused)
  // where another process owns it.
  Open open(const std::string& id);
  // Every record, newest first; what cannot be believed is said in `problems`, a sentence each.
  std::vector<Record> list(std::vector<std::string>& problems) const;
  // The whole id. Throws Error(usage) as open() does.
  std::string find(const std::string& beginning) const;
  // Whether some process owns it now. `id` is a whole one.
  bool busy(const std::string& id) const;
  const std::filesystem::path& directory() const { return directory_; }  // STATE/applies
  // The net changeset of what is still to be undone: as production really made it, or what the latest undo in part
  // left.
  std::filesystem::path to_undo(const Record& record) const;
  // What the undo of this number, from 1, wrote over; there may be no such file.
  std::filesystem::path overwritten(const Record& record, int number) const;
  // Removes a record that we own with all that it keeps: it cannot be undone any more. Throws Error(refused) where its
  // outcome is not known yet, Error(storage).
  void forget(Open record);

 private:
  void reap() const;

  std::filesystem::path directory_;
};

// A record that we own.
class RecordStore::Open {
 public:
  Open(Open&&) noexcept;
  Open& operator=(Open&&) noexcept;
  ~Open();  // lets go of the lock; the state stays as it is

  const Record& record() const;
  // Changes the record by `change` and writes it durably. Throws Error(storage): then it is as it was. A record that
  // becomes State::refused needs no plan and no changes any more: they are removed.
  template <typename Change>
  void update(Change change) {
    Record next = record();
    change(next);
    store(std::move(next));
  }
  std::filesystem::path plan() const;     // the plan file's copy
  std::filesystem::path changes() const;  // the net changeset as production really made it
  std::filesystem::path to_undo() const;  // as RecordStore::to_undo()
  // A file that the undo of this number, from 1, keeps: "overwritten" or "left".
  std::filesystem::path of_undo(std::string_view what, int number) const;
  // Makes the file at changes() durable; before COMMIT.
  void keep_changes();

 private:
  friend class RecordStore;
  struct Inside;
  explicit Open(std::unique_ptr<Inside> inside);
  void store(Record next);
  std::unique_ptr<Inside> inside_;
};

// Why a plan is not done once more, and what to do about it: Error(refused).
base::Error already_done(const Record& earlier);

}  // namespace apply
