// Decoding UTF-8 one code point at a time (The Unicode Standard, section 3.9, table 3-7).
#pragma once

#include <cstddef>
#include <string_view>

namespace base {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;  // how much of the text it takes; where not valid: the maximal ill-formed part, at least 1
  bool valid = false;
};

// The first code point of `text`, which is not empty.
CodePoint next_code_point(std::string_view text);

}  // namespace base
