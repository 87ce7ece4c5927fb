// Statements in parts of a program that its grammar could not read.
#pragma once

#include <tree_sitter/api.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace source {

// What looks like a statement that writes, in a part of the program that is broken, outside of comments and of strings
// that are whole.
struct Suspect {
  std::size_t at = 0;    // byte of the program
  std::size_t part = 0;  // the broken part that it stands in
};
std::vector<Suspect> suspects_in_broken_parts(TSNode root, std::string_view bytes);

}  // namespace source
