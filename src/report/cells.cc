#include "report/cells.h"

#include <utility>

#include "base/utf8.h"
#include "report/printable.h"
#include "report/width.h"

namespace report {

namespace {

using Iterator = Cells::const_iterator;

// Whether a line may end between `before` and `after`, neither of them blank: scripts that write wide characters do not
// put blanks between words.
bool may_break_between(const Cell& before, const Cell& after) {
  return before.width == 2 || after.width == 2;
}

Iterator end_of_word(Iterator word, Iterator end) {
  Iterator at = word + 1;
  while (at != end && !at->blank() && !may_break_between(*(at - 1), *at)) ++at;
  return at;
}

std::size_t width_between(Iterator first, Iterator last) {
  std::size_t width = 0;
  for (; first != last; ++first) width += first->width;
  return width;
}

}  // namespace

Cells cells_of(const Line& line) {
  Cells cells;
  for (const Span& span : line) {
    const std::string text = printable(span.text);
    for (std::string_view rest = text; !rest.empty();) {
      const base::CodePoint point = base::next_code_point(rest);
      const auto width = static_cast<std::size_t>(code_point_width(point.value));
      const std::string_view bytes = rest.substr(0, point.bytes);
      if (width == 0 && !cells.empty()) {
        cells.back().text += bytes;
      } else {
        cells.push_back({std::string(bytes), width, span.tone});
      }
      rest.remove_prefix(point.bytes);
    }
  }
  return cells;
}

std::size_t width_of(const Cells& cells) {
  return width_between(cells.begin(), cells.end());
}

Cells cut(Cells cells, std::size_t width) {
  if (width_of(cells) <= width) return cells;
  if (width == 0) return {};
  const Tone tone = cells.front().tone;
  const std::size_t room = width - 1;
  std::size_t used = 0;
  auto end = cells.begin();
  auto end_of_words = cells.begin();  // the last place within the room where a word is over
  for (; used + end->width <= room; ++end) {
    used += end->width;
    if (end->blank()) end_of_words = end + 1;
  }
  if (end->blank()) end_of_words = end;
  const bool whole_words = width_between(cells.begin(), end_of_words) * 2 > width;
  cells.erase(whole_words ? end_of_words : end, cells.end());
  cells.push_back({"…", 1, cells.empty() ? tone : cells.back().tone});
  return cells;
}

std::vector<Cells> wrap(const Cells& cells, std::size_t width) {
  std::vector<Cells> lines(1);
  std::size_t used = 0;
  for (Iterator at = cells.begin(); at != cells.end();) {
    Iterator word = at;
    while (word != cells.end() && word->blank()) ++word;
    if (word == cells.end()) break;
    const Iterator end = end_of_word(word, cells.end());
    const std::size_t blanks = width_between(at, word);
    const std::size_t wide = width_between(word, end);
    if (!lines.back().empty() && used + blanks + wide > width) {
      lines.emplace_back();
      used = 0;
    }
    const bool first = lines.back().empty() && lines.size() > 1;
    lines.back().insert(lines.back().end(), first ? word : at, end);
    used += wide + (first ? 0 : blanks);
    at = end;
  }
  return lines;
}

std::vector<Cells> wrap_within(const Cells& cells, std::size_t width) {
  std::vector<Cells> lines;
  for (const Cells& line : wrap(cells, width)) {
    for (Cells& part : fold(line, width)) lines.push_back(std::move(part));
  }
  return lines;
}

std::vector<Cells> fold(const Cells& cells, std::size_t width) {
  std::vector<Cells> lines(1);
  std::size_t used = 0;
  for (const Cell& cell : cells) {
    if (!lines.back().empty() && used + cell.width > width) {
      lines.emplace_back();
      used = 0;
    }
    lines.back().push_back(cell);
    used += cell.width;
  }
  return lines;
}

}  // namespace report
