// Everything that happened in the scratch, written down: the change stream in a file, and what it says beside rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/lsn.h"
#include "capture/watch.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "rehearse/populations.h"

namespace rehearse {

// Where in the WAL each statement begins: the rows between two marks are the earlier one's.
class Marks {
 public:
  void add(base::Lsn begin) { begins_.push_back(begin); }
  // Number of the statement that wrote at `lsn`, from 1; 0 before the first.
  std::uint32_t statement_at(base::Lsn lsn) const;
  std::size_t size() const { return begins_.size(); }

 private:
  std::vector<base::Lsn> begins_;
};

// What a change's own statement text can't tell: which tables were rewritten, and so on, by oid.
struct Note {
  std::uint32_t statement = 0;
  std::string what;  // "rewrite", "filled", "refresh"
  std::string subject;
};

class Recording {
 public:
  // Writes to `directory`/stream.
  explicit Recording(const std::filesystem::path& directory);

  // Drains the watch into the file. `populations` observes every row.
  void take(capture::Watch& watch, const capture::KeyLookup& keys, const Marks& marks, Populations& populations);
  void close() { writer_.close(); }

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Note>& notes() const { return notes_; }
  const std::map<std::uint32_t, std::uint32_t>& truncated() const { return truncated_; }  // oid -> last statement
  // Every table that the stream names, as it was called at the time.
  const std::vector<std::unique_ptr<changeset::Relation>>& relations() const { return relations_; }

 private:
  void write(const capture::RowEvent& row, const Marks& marks, Populations& populations);
  void write(const capture::TruncateEvent& event, const Marks& marks);
  std::uint32_t index_of(const changeset::Relation& relation);

  std::filesystem::path path_;
  changeset::Writer writer_;
  // Relations as we keep them: those of the watch go with the next drain. Stable addresses, for caches keyed by them.
  std::vector<std::unique_ptr<changeset::Relation>> relations_;
  std::uint64_t last_version_ = UINT64_MAX;
  std::uint32_t last_index_ = 0;
  changeset::Change change_;
  std::vector<Note> notes_;
  std::map<std::uint32_t, std::uint32_t> truncated_;
};

// Primary keys by the names their columns had before or after the script; tables of `before` keep the key they had.
capture::KeyLookup key_lookup(const pg::Catalog& before, const pg::Catalog& after);

}  // namespace rehearse
