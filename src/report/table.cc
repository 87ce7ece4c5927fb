#include "report/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace report {

namespace {

constexpr std::size_t indent_step = 2;
constexpr std::size_t least_width = 6;   // of a left-aligned column that gives way: enough to recognise what it holds
constexpr std::size_t least_prose = 24;  // of one that wraps

using Grid = std::vector<std::vector<Cells>>;

void append(Cells& cells, const char* text, std::size_t times, Tone tone) {
  cells.insert(cells.end(), times, Cell{text, 1, tone});
}

// Every row with a cell for every column.
Grid grid_of(const Table& table) {
  Grid grid;
  for (const Table::Row& row : table.rows) {
    std::vector<Cells> cells(table.columns.size());
    for (std::size_t c = 0; c < std::min(cells.size(), row.cells.size()); ++c) {
      if (c == 0) append(cells[c], " ", indent_step * static_cast<std::size_t>(std::max(row.indent, 0)), Tone::plain);
      const Cells content = cells_of(row.cells[c]);
      cells[c].insert(cells[c].end(), content.begin(), content.end());
    }
    grid.push_back(std::move(cells));
  }
  return grid;
}

// Which column gives way next: the widest left-aligned one, the first only after the others, because it names the row;
// then whatever has anything left to give. The number of columns where nothing has.
std::size_t next_to_shrink(const Table& table, const std::vector<std::size_t>& widths) {
  const std::size_t none = widths.size();
  const auto widest = [&](std::size_t from, Align align, std::size_t least) {
    std::size_t found = none;
    for (std::size_t c = from; c < none; ++c) {
      const bool prose = table.columns[c].wraps && least > 1;
      if (table.columns[c].align != align || widths[c] <= (prose ? least_prose : least)) continue;
      if (found == none || widths[c] > widths[found]) found = c;
    }
    return found;
  };
  std::size_t column = widest(1, Align::left, least_width);
  if (column == none) column = widest(0, Align::left, least_width);
  if (column == none) column = widest(0, Align::left, 1);
  if (column == none) column = widest(0, Align::right, 1);
  return column;
}

struct Layout {
  std::vector<std::size_t> widths;
  std::size_t gap = 3;
  std::size_t total() const { return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1)); }
};

Layout layout_of(const Table& table, const std::vector<Cells>& titles, const Grid& grid, std::size_t width) {
  Layout layout;
  for (std::size_t c = 0; c < titles.size(); ++c) {
    std::size_t natural = width_of(titles[c]);
    for (const auto& row : grid) natural = std::max(natural, width_of(row[c]));
    layout.widths.push_back(std::min(natural, width));
  }
  if (layout.total() > width) layout.gap = 2;
  while (layout.total() > width) {
    const std::size_t column = next_to_shrink(table, layout.widths);
    if (column == titles.size()) break;
    --layout.widths[column];
  }
  return layout;
}

Cells line_of(const Table& table, std::vector<Cells> row, const Layout& layout, std::size_t width) {
  Cells line;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const Cells cell = cut(std::move(row[c]), layout.widths[c]);
    const std::size_t padding = layout.widths[c] - width_of(cell);
    if (c > 0) append(line, " ", layout.gap, Tone::plain);
    if (table.columns[c].align == Align::right) append(line, " ", padding, Tone::plain);
    line.insert(line.end(), cell.begin(), cell.end());
    if (table.columns[c].align == Align::left) append(line, " ", padding, Tone::plain);
  }
  while (!line.empty() && line.back().blank()) line.pop_back();
  return cut(std::move(line), width);
}

// The row's first line, and one more for as long as a cell that wraps has something left.
void add_row(const Table& table, std::vector<Cells> row, const Layout& layout, std::size_t width,
             std::vector<Cells>& lines) {
  std::vector<std::vector<Cells>> pieces(row.size());
  std::size_t height = 1;
  for (std::size_t c = 0; c < row.size(); ++c) {
    pieces[c] = table.columns[c].wraps ? wrap_within(row[c], layout.widths[c]) : std::vector<Cells>{std::move(row[c])};
    height = std::max(height, pieces[c].size());
  }
  for (std::size_t i = 0; i < height; ++i) {
    std::vector<Cells> line(pieces.size());
    for (std::size_t c = 0; c < pieces.size(); ++c) {
      if (i < pieces[c].size()) line[c] = std::move(pieces[c][i]);
    }
    lines.push_back(line_of(table, std::move(line), layout, width));
  }
}

}  // namespace

std::vector<Cells> table_lines(const Table& table, std::size_t width) {
  if (table.columns.empty()) return {};
  Grid grid = grid_of(table);
  std::vector<Cells> titles;
  for (const Table::Column& column : table.columns) titles.push_back(cells_of({{column.title, Tone::muted}}));
  const Layout layout = layout_of(table, titles, grid, width);

  std::vector<Cells> lines;
  if (std::any_of(titles.begin(), titles.end(), [](const Cells& title) { return !title.empty(); })) {
    lines.push_back(line_of(table, std::move(titles), layout, width));
    Cells rule;
    append(rule, "─", std::min(width, layout.total()), Tone::muted);
    lines.push_back(std::move(rule));
  }
  for (auto& row : grid) add_row(table, std::move(row), layout, width, lines);
  return lines;
}

}  // namespace report
