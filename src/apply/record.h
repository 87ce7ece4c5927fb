// The record of an apply on disk: what was done where, and all that is needed to put it back.
//
//   STATE/applies/ID/{lock,record.json,plan,changes}    docs/formats/apply.md specifies them
//
// STATE is PGREHEARSE_STATE, else PGREHEARSE_HOME/state where that is set, else /var/lib/pgrehearse for root,
// $XDG_STATE_HOME/pgrehearse or ~/.local/state/pgrehearse. Every change of state is durable (file and directory) when
// the call returns. A record has one owner at a time, by a lock; whoever finds a record in a passing state and its lock
// free resolves it (resolve.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "pg/connection.h"

namespace apply {

// The order of a life. Passing states are those in which a process may have died.
enum class State {
  running,         // passing: nothing of it can be committed
  deciding,        // passing: verified; COMMIT, or PREPARE and COMMIT PREPARED, may have been sent
  applied,         // committed
  refused,         // ended without a change in production
  undoing,         // passing: the undo's COMMIT may have been sent
  undone,          // put back, whole
  undone_in_part,  // put back save for the conflicts that were skipped
};
std::string_view name(State state);

// What has to be known to ask the server how a transaction ended.
struct Transaction {
  std::string xid;       // as pg_current_xact_id() gives it (64 bits)
  std::string gid;       // of a prepared transaction; empty: none
  bool decided = false;  // of a prepared one: verified, to be committed; else to be rolled back
};

struct Record {
  static constexpr int version = 1;
  std::string id;  // "20261125-151203-cleanup-7f3a"
  State state = State::running;
  base::Instant started{};
  std::optional<base::Instant> ended;  // when it was applied or refused
  std::optional<base::Instant> undone;
  std::string person;     // "ada@build-7": account and machine
  std::string role;       // in the database
  pg::Parameters target;  // without secrets
  std::string database;
  std::string system_identifier;
  std::string plan_file;  // as given
  std::string plan_hash;  // SHA-256 of the plan file, hex
  std::string proof;      // "locked-rows", …
  std::string outcome;    // one sentence
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  Transaction transaction;       // of the apply
  Transaction undo_transaction;  // of the undo
  std::string undone_by;
  std::int64_t rows_not_undone = 0;
};

class RecordStore {
 public:
  // Creates STATE where it is missing.
  RecordStore();
  explicit RecordStore(std::filesystem::path state);

  class Open;
  // A new record in State::running, with a copy of the plan file; durable. Throws Error(storage) where it does not fit:
  // before anything was run. `reserve` bytes are held on disk for the changes that production will really make.
  Open create(Record record, const std::filesystem::path& plan, std::uint64_t reserve);
  // Throws Error(usage) where there is none or several begin with `id` (a unique beginning is enough); Error(refused)
  // where another process owns it.
  Open open(const std::string& id);
  // Every record, newest first; damaged ones are said in `problems`.
  std::vector<Record> list(std::vector<std::string>& problems) const;
  // Whether some process owns it now.
  bool busy(const std::string& id) const;

 private:
  std::filesystem::path directory_;
};

// A record that we own.
class RecordStore::Open {
 public:
  Open(Open&&) noexcept;
  Open& operator=(Open&&) noexcept;
  ~Open();  // lets go of the lock; the state stays as it is

  const Record& record() const;
  // Changes the record by `change` and writes it durably. Throws Error(storage).
  template <typename Change>
  void update(Change change) {
    Record next = record();
    change(next);
    store(std::move(next));
  }
  std::filesystem::path plan() const;     // the plan file's copy
  std::filesystem::path changes() const;  // the net changeset as production really made it
  // Makes the file at changes() durable, and gives back what was reserved for it.
  void keep_changes();

 private:
  friend class RecordStore;
  struct Inside;
  explicit Open(std::unique_ptr<Inside> inside);
  void store(Record next);
  std::unique_ptr<Inside> inside_;
};

}  // namespace apply
