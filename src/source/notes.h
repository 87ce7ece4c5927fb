// The comments of a program, and which of them are about a string.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "source/assembly.h"
#include "source/lines.h"

namespace source {

class Notes {
 public:
  Notes(std::string_view bytes, const Lines& lines) : bytes_(bytes), lines_(lines) {}

  // A comment, in the order of the file.
  void add(Rows rows, std::size_t begin, std::size_t end) { notes_.push_back({rows, begin, end}); }

  // Those on the statements' lines as far as the strings and a little beyond, and in the lines right above them.
  std::vector<Comment> about(const Assembly& made) const;
  // Those that say "pgrehearse:".
  std::vector<Comment> marked() const;

 private:
  struct Note {
    Rows rows;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  Comment comment(const Note& note) const;

  std::string_view bytes_;
  const Lines& lines_;
  std::vector<Note> notes_;
};

}  // namespace source
