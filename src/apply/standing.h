// The rows that an undo is about, as production holds them now: which are still as the apply left them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apply/left_rows.h"
#include "apply/table_rows.h"
#include "apply/undo.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "sys/file.h"

namespace apply {

// Conflicts, counted; the first of them are kept, all go to a file where somebody wants them.
class Conflicts {
 public:
  static constexpr std::size_t kept = 1'000;

  // `file`: a line of JSON each, {"table", "id", "kind", "message"}; empty: none. `replaced` becomes a changeset of the
  // rows whose keys others have (`taken`); empty: none.
  explicit Conflicts(const std::filesystem::path& file = {}, const std::filesystem::path& replaced = {});

  // `inverse` is what would have put the row back.
  void add(const changeset::Relation& relation, const changeset::Change& inverse, std::string id, std::string kind,
           std::string message);
  std::int64_t count() const { return count_; }
  const std::vector<Conflict>& first() const { return first_; }
  LeftRows& rows() { return rows_; }
  // Ends the changeset of rows whose keys others have: what is added afterwards is not in it.
  void close_replaced();
  // Gives the file its name, whole; nothing is added afterwards.
  void close();

 private:
  std::int64_t count_ = 0;
  std::vector<Conflict> first_;
  LeftRows rows_;
  std::unique_ptr<sys::AtomicFile> file_;
  std::unique_ptr<changeset::Writer> replaced_;
};

struct ExamineOptions {
  UndoMode mode = UndoMode::refuse;
  bool lock = false;  // the rows that will be written; no more than that needs
};

// Compares production with what `changes` (an apply's) left, and writes to `inverse` what puts it back: the changes
// turned round, those in conflict left out unless the mode refuses them all (rows whose table is not there any more in
// every mode). Under UndoMode::force a row that was changed since is in it with its image of today in place of what the
// apply left, and goes to `overwritten` too, where there is one. A row that is to go is in conflict too, in every mode,
// where somebody has filled a column that was added since. Returns the number of those rows. In a pinned session's
// transaction.
std::int64_t examine(pg::Connection& connection, const changeset::Reader& changes, const pg::Catalog& catalog,
                     const ExamineOptions& options, changeset::Writer& inverse, changeset::Writer* overwritten,
                     Conflicts& conflicts);

}  // namespace apply
