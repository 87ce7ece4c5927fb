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
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/plan.h"

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
  std::map<std::string, Drawn> sequences;  // by "schema.sequence"
};

// Replaces values that each run makes anew by tokens, so that equal tokens mean equal shape. Pure once made.
class Shapes {
 public:
  // Reads from production which columns draw from which sequence (defaults, identities, serials; foreign keys to such
  // columns; the contract's mints are integer key columns), and which default to a random UUID.
  Shapes(pg::Connection& connection, const pg::Catalog& catalog);

  // Whether rows of this table can hold such values at all. (Where not, they are compared as they are.)
  bool variable(const changeset::Relation& relation) const;
  // The tuple with tokens in place of the values that `run` made.
  std::string masked(const changeset::Relation& relation, std::string_view tuple, const RunWindow& run) const;

 private:
  enum class Way { drawn, clock_tz, clock_local, date, uuid };
  struct Reached {
    Way way;
    std::set<std::string> sequences;
  };
  std::map<std::pair<std::string, std::string>, Reached> columns_;  // ("schema.table", column)
};

// Compares two net changesets of the tables named in `tables` ("schema.table"), in bounded memory, by folding one
// against the other. Rows that were only in passing cancel out before. `directory` is for temporary files.
std::vector<Difference> compare(const changeset::Reader& planned, const RunWindow& rehearsal,
                                const changeset::Reader& actual, const RunWindow& production, const Shapes& shapes,
                                const std::set<std::string>& tables, const std::filesystem::path& directory);

}  // namespace apply
