#include "report/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace report {

namespace {

constexpr std::size_t gap = 3;
constexpr std::size_t indent_step = 2;
constexpr std::size_t least_width = 6;  // of a left-aligned column that gives way: enough to recognise what it holds

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

// The widest column of this alignment that is wider than `least`; the number of columns where there is none.
std::size_t widest(const Table& table, const std::vector<std::size_t>& widths, Align align, std::size_t least) {
  std::size_t found = widths.size();
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (table.columns[c].align != align || widths[c] <= least) continue;
    if (found == widths.size() || widths[c] > widths[found]) found = c;
  }
  return found;
}

void shrink(const Table& table, std::vector<std::size_t>& widths, std::size_t width) {
  const std::size_t gaps = gap * (widths.size() - 1);
  for (std::size_t& w : widths) w = std::min(w, width);
  while (std::accumulate(widths.begin(), widths.end(), gaps) > width) {
    std::size_t victim = widest(table, widths, Align::left, least_width);
    if (victim == widths.size()) victim = widest(table, widths, Align::left, 1);
    if (victim == widths.size()) victim = widest(table, widths, Align::right, 1);
    if (victim == widths.size()) return;
    --widths[victim];
  }
}

Cells line_of(const Table& table, std::vector<Cells> row, const std::vector<std::size_t>& widths, std::size_t width) {
  Cells line;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const Cells cell = cut(std::move(row[c]), widths[c]);
    const std::size_t padding = widths[c] - width_of(cell);
    if (c > 0) append(line, " ", gap, Tone::plain);
    if (table.columns[c].align == Align::right) append(line, " ", padding, Tone::plain);
    line.insert(line.end(), cell.begin(), cell.end());
    if (table.columns[c].align == Align::left) append(line, " ", padding, Tone::plain);
  }
  while (!line.empty() && line.back().blank()) line.pop_back();
  return cut(std::move(line), width);
}

}  // namespace

std::vector<Cells> table_lines(const Table& table, std::size_t width) {
  if (table.columns.empty()) return {};
  Grid grid = grid_of(table);
  std::vector<Cells> titles;
  for (const Table::Column& column : table.columns) titles.push_back(cells_of({{column.title, Tone::muted}}));

  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < titles.size(); ++c) {
    widths.push_back(width_of(titles[c]));
    for (const auto& row : grid) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  shrink(table, widths, width);

  std::vector<Cells> lines;
  if (std::any_of(titles.begin(), titles.end(), [](const Cells& title) { return !title.empty(); })) {
    lines.push_back(line_of(table, std::move(titles), widths, width));
    Cells rule;
    append(rule, "─", std::min(width, std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1))),
           Tone::muted);
    lines.push_back(std::move(rule));
  }
  for (auto& row : grid) lines.push_back(line_of(table, std::move(row), widths, width));
  return lines;
}

}  // namespace report
