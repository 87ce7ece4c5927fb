// Text as a terminal lays it out: measured, cut and wrapped by what is seen, not by bytes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/document.h"

namespace report {

// A code point with the combining marks that follow it: what a cursor steps over, and what is never torn apart.
struct Cell {
  std::string text;
  std::size_t width = 1;  // in terminal cells
  Tone tone = Tone::plain;
  bool blank() const { return text == " "; }
};
using Cells = std::vector<Cell>;

// `line` made printable.
Cells cells_of(const Line& line);
std::size_t width_of(const Cells& cells);

// The front of `cells`, ending in "…" where they do not fit into `width`. It ends between two words where that keeps
// half of it: half an id would look like another id.
Cells cut(Cells cells, std::size_t width);

// Broken at blanks and around wide characters. A word wider than `width` keeps a line of its own.
std::vector<Cells> wrap(const Cells& cells, std::size_t width);

// The same, but no line is wider than `width`: longer words are broken where it is full.
std::vector<Cells> wrap_within(const Cells& cells, std::size_t width);

// Broken wherever `width` is full; blanks are kept. At least one line.
std::vector<Cells> fold(const Cells& cells, std::size_t width);

}  // namespace report
