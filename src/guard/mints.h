// Sequences that mint ids: where the next one lands, and whether rows account for how far they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guard/bind.h"
#include "guard/census.h"
#include "guard/finding.h"
#include "pg/connection.h"

namespace guard {

// The nearest row ahead of a sequence, on the way that its ids go.
struct Obstacle {
  std::int64_t id = 0;
  std::string population;
};

// A sequence and what is known about the ids it mints, before anything is judged.
struct MintFacts {
  const BoundTable* table = nullptr;
  const contract::Population* population =
      nullptr;  // null: no population declares it, but the id's default draws from it
  bool negated = false;
  std::string name;    // schema.name, for people
  std::string quoted;  // for SQL
  std::int64_t start = 1, increment = 1, next = 1;
  Cell minted;                  // rows that it can have minted: in the id spaces of all populations that declare it
  bool counted = true;          // false: its rows are judged with another population that declares it too
  std::int64_t recent = 0;      // rows among the last numbers that it gave, where it is far ahead
  std::optional<Obstacle> own;  // the nearest row ahead within `near`, whoever it belongs to
  std::optional<Obstacle> stranger;  // the nearest one of another population

  std::int64_t id(std::int64_t number) const;  // the id that a number of the sequence becomes
  std::int64_t draws() const;                  // numbers given out since its start, as far as they can be told
  std::int64_t near() const;                   // so many draws ahead count as near
  bool downwards() const;                      // its ids go down
  contract::IdRange ahead() const;             // ids from the next one as far as is near
  // Further than the rows that it can have minted account for: somebody set it, or rows were deleted since.
  bool far_ahead() const;
  contract::IdRange behind() const;  // ids of the last numbers that it gave
  // So many of those are rows that it was not only set there: it has been minting there.
  bool dense() const;
};

// Rules: sequence-into-population, sequence-near-population, sequence-behind-rows, sequence-far-ahead.
void judge_mint(const MintFacts& facts, Findings& findings);

// Of every table in `bound`, with the census taken of each. Reads rows only where an index leads with the id. What
// could not be looked at is added to `notes`.
std::vector<MintFacts> read_mints(const Bound& bound, const std::vector<Census>& censuses, pg::Connection& connection,
                                  std::vector<std::string>& notes);

}  // namespace guard
