// Putting back what an apply did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apply/record.h"
#include "apply/target.h"

namespace apply {

enum class UndoMode {
  refuse,        // any conflict ends it
  skip_changed,  // rows that others changed since stay as they are, with what hangs on them
  force,         // rows are put back whatever became of them; never at the price of rows that others made since
};

// A row that is not as the apply left it. The words of the JSON's `kind`.
struct Conflict {
  std::string table;
  std::string id;
  std::string kind;     // "changed", "deleted", "taken" (the key is in use again), "referenced", "orphaned", "unique"
  std::string message;  // one plain sentence
};

struct UndoOptions {
  UndoMode mode = UndoMode::refuse;
  bool execute = false;
};

struct Undone {
  bool undone = false;
  std::int64_t conflict_count = 0;
  std::vector<Conflict> conflicts;  // the first 1,000
  std::int64_t inserted = 0;        // rows put back, or that would be
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  std::string message;
};

// The record is in State::applied (or undone_in_part). Without `execute` nothing is written. Rows are locked, compared
// with what the apply left, written, and proven: the same counters and images as for apply. Throws base::Error for what
// could not be done: then nothing was changed.
Undone undo(Target& target, RecordStore::Open& record, const UndoOptions& options);

}  // namespace apply
