// What a database lacks to be under its contract: the facts that a migration is written from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guard/bind.h"
#include "pg/connection.h"

namespace guard {

// Rows of a declared population whose ids are not in its space.
struct Strays {
  const contract::Population* population = nullptr;
  std::int64_t rows = 0;
  std::vector<std::string> ids;  // the first few
  // Of disposable ones: what keeps them from being deleted, "1 row of public.users (oauth: 7) would be deleted by …".
  std::vector<std::string> hindrances;
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
  bool allocator_taken = false;    // a function of that name is there, which is none of ours
  contract::IdRange given;         // numbers that it gave, as far as its rows tell; of one that exists
  // It was carried off: set back to `back_to` while it stands at `carried_to` or beyond.
  std::optional<std::int64_t> back_to;
  std::int64_t carried_to = 0;
  std::int64_t minted = 0;  // rows that it minted
  // A row that it did not mint lies among the numbers in between: what carried it off. Without one, rows may have been
  // deleted, whose numbers must not be given again.
  bool witnessed = false;
  std::string quoted() const { return pg::quote_qualified(schema, name); }
};

// A function that sets one of those sequences.
struct SettingFunction {
  std::string signature;   // "public.sign_up(text)"
  std::string sequence;    // schema.name
  std::string definition;  // CREATE OR REPLACE …, which raises instead; empty: only a person can change it
};

struct TableNeeds {
  const BoundTable* table = nullptr;
  bool column_missing = false;
  std::int64_t unpopulated = 0;  // rows whose population is NULL
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

  bool backfills() const { return column_missing || unpopulated > 0; }
};

struct Needs {
  std::vector<TableNeeds> tables;
  std::vector<SettingFunction> functions;
};

// Reads the database through `connection`, which open_session() made; `bound` is bind()'s with Absent::may_be_absent
// and has to outlive the result.
Needs read_needs(const contract::Contract& contract, const Bound& bound, pg::Connection& connection);

}  // namespace guard
