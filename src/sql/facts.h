// What a single statement is, as far as its text tells: from libpg_query's parse tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/names.h"

namespace sql {

enum class Kind {
  other,
  select,
  insert,
  update,
  erase,
  merge,
  copy_from,
  copy_to,
  truncate,
  drop,
  begin,
  commit,
  rollback
};

// One table that a statement (or a CTE, or a statement inside it) writes to.
struct Write {
  TableName table;
  Kind kind = Kind::other;       // insert, update, erase, merge, copy_from, truncate or drop
  bool upsert = false;           // INSERT … ON CONFLICT DO UPDATE, or a MERGE with an UPDATE action
  bool skips_conflicts = false;  // INSERT … ON CONFLICT DO NOTHING
};

struct Facts {
  bool parsed = false;        // libpg_query understood it; false: everything below but `kind` is empty
  Kind kind = Kind::other;    // of the outermost statement; not parsed: as its first word says, where one word says it
  std::vector<Write> writes;  // in the order of the text, CTEs included; EXPLAIN: only what EXPLAIN ANALYZE runs
  // May write what its text does not name: DO, CALL, EXECUTE, FETCH, and a query that calls a function which is not
  // known to write to no table. Functions inside INSERT, UPDATE, DELETE and MERGE do not count: such statements name
  // what they are about.
  bool opaque = false;
  // Sequences that setval or RESTART sets, as far as a literal or ALTER SEQUENCE names them, and whether others may be
  // among them: what is computed, a table's RESTART, setval as a word in a DO block.
  std::vector<TableName> set_sequences;
  bool sets_unnamed_sequence = false;
  bool copies_from_stdin = false;

  bool sets_sequence() const { return sets_unnamed_sequence || !set_sequences.empty(); }
  bool writes_table(std::string_view schema, std::string_view name) const;  // an empty schema on either side is any
};

// Never throws on what it cannot parse: `parsed` is false then. That is so for syntax newer than PostgreSQL 15, for
// nesting beyond thousands of levels, and for more than 1 MiB that is not lists of constants (which are left out).
// From any thread.
Facts analyse(std::string_view statement);

}  // namespace sql
