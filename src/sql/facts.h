// What a single statement is, as far as its text tells: from libpg_query's parse tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sql {

struct TableName {
  std::string schema;  // empty: as the search path says
  std::string name;
  friend bool operator==(const TableName&, const TableName&) = default;
};

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
  Kind kind = Kind::other;    // of the outermost statement; by its first word where it was not parsed
  std::vector<Write> writes;  // in the order of the text, CTEs included
  bool opaque = false;        // may write anything: DO, CALL, EXECUTE, a SELECT that calls a function
  bool names_setval = false;  // setval(…) or ALTER SEQUENCE … RESTART stands in the text
  bool copies_from_stdin = false;

  bool writes_table(std::string_view schema,
                    std::string_view name) const;  // an empty schema on either side matches any
};

// Never throws on what it cannot parse: `parsed` is false then.
Facts analyse(std::string_view statement);

}  // namespace sql
