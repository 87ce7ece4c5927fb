// The string expressions of a program, found by its language's grammar (tree-sitter).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/fragment.h"

namespace source {

// Stands in a literal's text for what the program puts in there; each has its source in Literal::holes.
inline constexpr char hole_mark = '\x01';

struct Literal {
  Fragment text;                   // joined and decoded; only `sql`, `language`, `comments` and `runs` are set
  std::vector<std::string> holes;  // what each hole_mark stands for, in order
};

// Every string expression of `bytes`, neighbours and concatenations joined, in the order of the file; of shells also
// here-documents. A program that cannot be parsed in time is a Problem.
std::vector<Literal> literals(std::string_view bytes, Language language, std::vector<Problem>& problems);

}  // namespace source
