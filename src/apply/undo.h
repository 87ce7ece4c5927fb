// Putting back what an apply did.
#pragma once

#include <cstdint>
#include <filesystem>
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

// A row that is not as the apply left it, or that others stand in the way of. The words of the JSON's `kind`:
//   changed     it looks otherwise          taken       its key is in use again
//   deleted     it is gone                  unique      another row has a value that must be there once
//   orphaned    its parent is gone          referenced  rows that are not part of the apply hang on it
//   constraint  its table does not take it any more
//   gone        its table, or a column of it, is not there any more
struct Conflict {
  std::string table;
  std::string id;
  std::string kind;
  std::string message;  // one plain sentence, without a capital or a full stop
};

struct UndoOptions {
  UndoMode mode = UndoMode::refuse;
  bool execute = false;
  std::filesystem::path conflicts;  // where all conflicts go, whatever their number; empty: nowhere
};

struct Undone {
  bool undone = false;
  std::int64_t conflict_count = 0;
  std::vector<Conflict> conflicts;  // the first 1,000
  std::int64_t inserted = 0;        // rows put back, or that would be
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  std::int64_t overwritten = 0;  // of them, rows of others that force wrote over
  std::string message;           // a sentence
  // What definitions that were altered since make of rows that come back, a sentence each.
  std::vector<std::string> notes;
  // Whether it was done, or would be.
  bool possible = false;
};

// The record is in State::applied or undone_in_part. Without `execute` nothing is written, and nobody has to wait: it
// reads in one snapshot. Else rows are locked, compared with what the apply left, written, and proven: the server's
// counters are those of what was written, and every row reads back as it was. Sequences stay where they are. What force
// writes over is kept in the record first. Throws base::Error for what could not be done: then nothing was changed,
// save where it says that the outcome is not known.
Undone undo(Target& target, RecordStore::Open& record, const UndoOptions& options);

}  // namespace apply
