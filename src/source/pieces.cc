#include "source/pieces.h"

#include <algorithm>

namespace source {

void Pieces::copy(std::string_view text, std::size_t file, Place place) {
  while (!text.empty()) {
    const std::size_t line = std::min(text.find('\n'), text.size() - 1) + 1;
    fragment_.runs.push_back({fragment_.sql.size(), file, place, true});
    fragment_.sql += text.substr(0, line);
    text.remove_prefix(line);
    file += line;
    place = {place.line + 1, 1};
  }
}

void Pieces::copy(const Fragment& from, std::size_t begin, std::size_t end) {
  while (begin < end) {
    const auto next = std::upper_bound(from.runs.begin(), from.runs.end(), begin,
                                       [](std::size_t at, const Run& run) { return at < run.at; });
    const std::size_t stop = next == from.runs.end() ? end : std::min(end, next->at);
    const bool linear = next != from.runs.begin() && (next - 1)->linear;
    fragment_.runs.push_back({fragment_.sql.size(), from.file_offset(begin), from.place(begin), linear});
    fragment_.sql += std::string_view(from.sql).substr(begin, stop - begin);
    begin = stop;
  }
}

void Pieces::insert(std::string_view text, std::size_t file, Place place) {
  if (text.empty()) return;
  fragment_.runs.push_back({fragment_.sql.size(), file, place, false});
  fragment_.sql += text;
}

}  // namespace source
