// What production did, or holds, otherwise than the plan says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "changeset/change.h"

namespace apply {

// The words of the JSON's `kind` (docs/formats/apply.md).
enum class DifferenceKind {
  missing,        // planned rows that are not there (any more)
  changed,        // planned rows that look otherwise than when they were rehearsed
  taken,          // keys of planned rows are in use by rows that others made
  unplanned,      // rows that the script changed and the plan does not know
  untouched,      // planned rows that the script left alone
  result,         // planned rows that came out otherwise
  definition,     // a table, trigger, foreign key, function or column was altered
  catalog,        // definitions, privileges or settings that the script made, altered or dropped
  large_objects,  // that the script wrote
  sequence,       // set or moved otherwise than planned
  foreign,        // rows of another server that the script wrote
  unproven,       // nothing differs as far as one can see, but the proof does not close
};
std::string_view name(DifferenceKind kind);

// All rows of one table that differ in one way. A value.
struct Difference {
  static constexpr std::size_t sample = 20;  // ids kept of each

  DifferenceKind kind = DifferenceKind::changed;
  std::string table;  // "schema.table"; the object's name where it is no table
  std::int64_t rows = 0;
  std::vector<std::string> ids;  // the first few: primary keys, columns separated by a comma; digests without a key
  std::string message;           // one plain sentence

  // Of rows that came out otherwise: which columns, and the first few values.
  struct Value {
    std::string id;
    std::string column;
    std::optional<std::string> planned;
    std::optional<std::string> found;
  };
  std::vector<std::string> columns;
  std::vector<Value> values;
  // Those in which two tuples of the relation differ (an empty one is all NULL), as they stand and when masked; where
  // there are none, when masked.
  void add_columns(const changeset::Relation& relation, const std::string& id, std::string_view planned_row,
                   std::string_view found_row, std::string_view planned_masked, std::string_view found_masked);

  void add(std::string id) {
    ++rows;
    if (ids.size() < sample) ids.push_back(std::move(id));
  }
};

// One difference for each kind and table.
class DifferenceList {
 public:
  // Finds the entry of this kind and table, or makes it.
  Difference& at(DifferenceKind kind, const std::string& table, std::string_view message);
  std::vector<Difference> take();
  bool empty() const { return entries_.empty(); }

 private:
  std::map<std::pair<std::string, DifferenceKind>, Difference> entries_;
};

}  // namespace apply
