// From everything that happened to what is different in the end: the net changeset.
//
// Rows are the same row where schema, table and primary key are equal. A row inserted and deleted again is nothing, an
// update that changed nothing is nothing, a key that was changed is a deletion and an insertion. A table without a
// primary key is a multiset of rows: an update is a deletion and an insertion, and equal rows cancel out. Several rows
// may have one key for a while (a deferrable key), or to the end (a key that was dropped): all that differ come out.
//
// A table whose columns were altered on the way has several relations. Its rows are then compared by the names of
// columns, where a column that one of them lacks is NULL; its key is that of the relation that was added first, by
// name. A deletion comes out in the columns that its image was written in, as does an insertion; of an update the image
// before is brought into the columns of the image after. Columns that were dropped are missing from it, even where
// their having held a value is all that makes the row an update.
//
// Memory is bounded: fingerprints, 48 bytes for each row of each change, are sorted on disk beyond `memory_limit`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "changeset/change.h"
#include "changeset/file.h"

namespace changeset {

struct FoldOptions {
  std::filesystem::path directory;           // for temporary files; they have no names, so none is ever left behind
  std::uint64_t memory_limit = 64ull << 20;  // bytes, of fingerprints and of images kept to be compared
  // Tables come out in ascending rank, then by name; unset: by name.
  std::function<std::uint32_t(const Relation&)> rank;
};

class Fold {
 public:
  explicit Fold(FoldOptions options);
  ~Fold();
  // Adds a change as Writer::add or Reader::for_each gave it, in order of position. Truncates are ignored: their rows
  // have to come as deletions. `relation` is the one change.relation names.
  void add(const Relation& relation, const Change& change, Position position);
  // Calls `emit` once for every row that differs, with op insert, update or erase and both images as needed: grouped by
  // table, and within a table in the order of each row's last change. `reader` is the file the positions point into.
  // `statement` is that of the row's last change. Once, and last.
  void finish(const Reader& reader, const std::function<void(const Change&)>& emit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeset
