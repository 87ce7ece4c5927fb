// Where a PL/pgSQL body sets a sequence, and whether that happens because an id was taken.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guard {

// A word `setval` or `restart`.
struct Setting {
  std::size_t at = 0;               // the word, a byte of the body
  std::optional<std::string> name;  // of the sequence, as setval's first argument has it; nullopt: it is no literal
  // The PERFORM that it stands in, with its semicolon; begin == end: it stands in something else.
  std::size_t begin = 0, end = 0;
  // Inside of EXCEPTION WHEN unique_violation THEN …, and of no condition beside it.
  bool in_handler = false;
};

// In the order of the body; nullopt: its blocks could not be followed, or a quote is never closed.
std::optional<std::vector<Setting>> settings_in(std::string_view body);

}  // namespace guard
