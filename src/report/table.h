// Tables in fixed columns.
#pragma once

#include <cstddef>
#include <vector>

#include "report/cells.h"
#include "report/document.h"

namespace report {

// The table's lines, none wider than `width` (at least 1): the titles with a rule below them, unless all are empty,
// then one line a row, or more where a column wraps. Too wide, it loses the ends of its widest left-aligned cells
// first; numbers are cut last of all.
std::vector<Cells> table_lines(const Table& table, std::size_t width);

}  // namespace report
