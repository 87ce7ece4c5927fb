#include "source/notes.h"

#include <algorithm>
#include <iterator>

namespace source {

Comment Notes::comment(const Note& note) const {
  return {std::string(bytes_.substr(note.begin, note.end - note.begin)), lines_.place(note.begin)};
}

std::vector<Comment> Notes::about(const Assembly& made) const {
  std::vector<Comment> comments;
  if (notes_.empty()) return comments;
  std::vector<const Note*> found;
  for (const Assembly::Span& span : made.spans()) {
    const auto first = std::lower_bound(notes_.begin(), notes_.end(), span.statement.first,
                                        [](const Note& note, std::uint32_t row) { return note.rows.first < row; });
    auto above = first;
    std::uint32_t row = span.statement.first;
    while (above != notes_.begin() && std::prev(above)->rows.last + 1 == row) row = (--above)->rows.first;
    const std::uint32_t last = std::min(span.statement.last, span.last_row + 2);
    for (auto note = above; note != notes_.end() && note->rows.first <= last; ++note) found.push_back(&*note);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (const Note* note : found) comments.push_back(comment(*note));
  return comments;
}

std::vector<Comment> Notes::marked() const {
  std::vector<Comment> comments;
  for (const Note& note : notes_) {
    if (is_marked(bytes_.substr(note.begin, note.end - note.begin))) comments.push_back(comment(note));
  }
  return comments;
}

}  // namespace source
