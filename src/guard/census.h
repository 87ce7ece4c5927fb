// How many rows of which population have ids where: all that the rules about rows ask.
//
// The line of ids is cut at both ends of every declared range, so that within one piece the same populations may live.
// A cell is one population in one piece.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "guard/bind.h"
#include "guard/finding.h"

namespace guard {

// The pieces of a table's line of ids, in order; together they are all of int64.
std::vector<contract::IdRange> cut_ids(const contract::Table& table);

struct Cell {
  std::int64_t rows = 0;
  bool exact = true;               // else an estimate of the planner's
  std::int64_t low = 0, high = 0;  // the least and the greatest id in it; where there are rows
};

struct Census {
  std::vector<contract::IdRange> pieces;
  std::map<std::string, std::vector<Cell>> populations;  // by BoundTable::population_text(); a cell for every piece
  std::int64_t unpopulated = 0;                          // rows whose population is NULL
};

// "1,204 rows", "about 1,204 rows".
std::string rows_of(const Cell& cell);
// Cells of the pieces that `wanted` holds, as one.
Cell sum(const std::vector<Cell>& cells, const std::vector<contract::IdRange>& pieces, const contract::IdSpace& wanted,
         bool inside);

// Rules: null-population, unknown-population, outside-id-space, id-spaces-overlap.
void judge_rows(const BoundTable& table, const Census& census, Findings& findings);

}  // namespace guard
