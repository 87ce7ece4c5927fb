// What a database lacks to be under its contract: the facts that a migration is written from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "guard/bind.h"
#include "pg/connection.h"

namespace guard {

// Rows of a declared population whose ids are not in its space.
struct Strays {
  const contract::Population* population = nullptr;
  std::int64_t rows = 0;
  std::vector<std::string> ids;  // the first few
};

// Rows that say no population, or have no column to say it in, and what their ids say of them.
struct Unpopulated {
  struct Row {
    std::string id;
    std::string population;  // by its id; empty: none or several
  };
  std::int64_t rows = 0;
  std::vector<std::pair<std::string, std::int64_t>> becoming;  // populations, and how many rows each would get
  std::int64_t unclear = 0;                                    // rows whose id no population claims, or several
  // So few that a person can say of each what it is; or, of more, the first that are unclear.
  std::vector<Row> named;
  bool few = false;
};

struct UnknownPopulation {
  std::string name;
  std::int64_t rows = 0;
};

// A partitioned table and its parts from the top down, or a plain table alone.
struct Part {
  std::uint32_t oid = 0;
  std::string schema, name;
  bool leaf = true;
  std::optional<std::size_t> parent;  // index
  bool index_broken = false;          // an index of the name that we would give is there, and not valid
  std::string quoted() const { return pg::quote_qualified(schema, name); }
};

// A sequence that mints ids, or has to.
struct SequenceNeed {
  const contract::Population* population = nullptr;
  std::string schema, name;
  bool negated = false;
  bool exists = true;
  bool declared = true;            // the contract names it
  contract::IdRange numbers;       // that it may give, by the population's space
  std::int64_t start = 1;          // of one that has to be made
  bool descends = false;           // of one that has to be made
  bool unbounded = false;          // it exists and leaves those numbers, or begins again at its end
  bool allocator_missing = false;  // the function that draws from it and fails loudly
  bool allocator_foreign = false;  // one of its name is there, and not ours
  // Its rows do not account for how far it came. Between the numbers `gap_begins` and `gap_ends` no row is left.
  bool far_ahead = false;
  std::int64_t next = 0;  // number that it gives
  std::int64_t gap_begins = 0;
  std::int64_t gap_ends = 0;
  std::int64_t minted = 0;  // rows that it minted
  bool dense = false;       // rows lie right before its next number
  std::string quoted() const { return pg::quote_qualified(schema, name); }
};

// A function that sets one of those sequences.
struct SettingFunction {
  enum class Case {
    heals,       // from rows, in a handler of unique_violation: it may raise in place of that
    follows,     // from rows, and what it should do instead is for a person to say
    left_alone,  // lint finds nothing of rows in it
  };
  std::string signature;  // "public.sign_up(text)"
  std::string sequence;   // schema.name
  Case way = Case::follows;
  std::string definition;             // CREATE OR REPLACE …, which raises instead; empty: a program cannot write it
  std::vector<std::string> replaced;  // its statements that the definition does not hold any more
};

struct TableNeeds {
  const BoundTable* table = nullptr;
  bool column_missing = false;
  Unpopulated unpopulated;
  bool nullable = false;
  bool null_check = false;  // our CHECK (… IS NOT NULL) is there from an earlier run
  bool index_missing = false;
  bool check_missing = false;
  bool check_outdated = false;           // ours is there and says something else
  std::vector<std::string> unvalidated;  // constraints on id and population that are NOT VALID
  std::vector<Part> parts;
  std::vector<Strays> strays;
  std::vector<UnknownPopulation> unknown;
  std::vector<SequenceNeed> sequences;
  std::vector<std::string> triggers;  // that fire on the backfill's updates

  // Rows are given the population that their ids mean: many, or those of a column that is new.
  bool backfills() const { return column_missing || (unpopulated.rows > 0 && !unpopulated.few); }
  // Rows stay without one until a person has spoken.
  bool stays_nullable() const { return unpopulated.unclear > 0 || unpopulated.few; }
};

struct Needs {
  std::vector<TableNeeds> tables;
  std::vector<SettingFunction> functions;
};

// Reads the database through `connection`, which open_session() made; `bound` is bind()'s of `contract` with
// Absent::may_be_absent and has to outlive the result. Throws Error(refused) where somebody else's constraint, trigger
// or function bears a name that the migration has to give.
Needs read_needs(const contract::Contract& contract, const Bound& bound, pg::Connection& connection);

}  // namespace guard
