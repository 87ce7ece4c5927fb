// Whether what production did is what the plan says, row for row.
//
// Values that every run makes anew cannot be equal, and are compared by their shape: numbers drawn from a sequence, the
// clock's readings, and random UUIDs. Each counts as such only where both sides vouch for it: the plan's value lies in
// what the rehearsal drew or in the time that it ran, production's in what the transaction drew or in the time that it
// took; and the column is one that such a value reaches by its default, its foreign key or its type.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apply/difference.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

// Numbers drawn from a sequence by one run: from the first to the last, both included; either order.
struct Drawn {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// What one run vouches for. Times are microseconds since 1970 UTC by the clock of the server that ran it.
struct RunWindow {
  std::int64_t began = 0;
  std::int64_t ended = 0;
  std::map<std::string, Drawn> sequences;        // by "schema.sequence"
  std::set<std::string> uuids;                   // given to inserted rows by their columns' random defaults
  std::map<std::string, std::int64_t> inserted;  // rows by "schema.table", those in passing too
};

// Replaces values that each run makes anew by tokens, so that equal tokens mean equal shape.
class Shapes {
 public:
  // Asks production which columns draw from which sequence (defaults, identities; an integer key without a default may
  // be drawn from any), which default to a random UUID, and follows foreign keys to such columns.
  Shapes(pg::Connection& connection, const pg::Catalog& catalog);

  // `after` with tokens in place of the values that `run` made. What stood there `before` (empty: the row is new) was
  // not made by it.
  std::string masked(const changeset::Relation& relation, std::string_view before, std::string_view after,
                     const RunWindow& run) const;
  // The UUIDs of columns that default to a random one which did not stand there `before` (empty: the row is new).
  std::vector<std::string> new_uuids(const changeset::Relation& relation, std::string_view before,
                                     std::string_view after) const;

 private:
  enum class Way { drawn, uuid };
  struct Reached {
    Way way = Way::drawn;
    bool by_default = false;
    std::set<std::string> sequences;  // of drawn ones; empty: any
  };
  using ColumnName = std::pair<std::string, std::string>;  // "schema.table", column

  void read_defaults(pg::Connection& connection, const pg::Catalog& catalog);
  void add_plain_keys(const pg::Catalog& catalog);
  void follow_partitions(const pg::Catalog& catalog);
  bool follow_foreign_keys(const pg::Catalog& catalog);
  const Reached* reached(const changeset::Relation& relation, std::size_t column) const;

  std::map<ColumnName, Reached> columns_;
};

// Compares two net changesets in the tables named ("schema.table"), in bounded memory: each change of one side has to
// have its equal on the other, or one of equal shape. `directory` is for temporary files.
std::vector<Difference> compare(const changeset::Reader& planned, const RunWindow& rehearsal,
                                const changeset::Reader& actual, const RunWindow& production, const Shapes& shapes,
                                const std::set<std::string>& tables, const std::filesystem::path& directory);

}  // namespace apply
