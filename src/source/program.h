// The strings that a program makes, found by its language's grammar (tree-sitter).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/broken.h"
#include "source/fragment.h"

namespace source {

// Stands in a literal's text for what the program puts in there; each has its source in Literal::holes.
inline constexpr char hole_mark = '\x01';
// Stands where the program may put something, a clause perhaps, or nothing.
inline constexpr char gap_mark = '\x02';

// Where the program uses a string.
struct Use {
  std::vector<std::string> arguments;  // behind it in the call that it is handed to, those of a list one by one
  std::vector<std::string> counters;   // variables that loops around it count
  bool runs = false;                   // the call's name says that it runs SQL: execute, query, prepare
};

struct Literal {
  Fragment text;                   // joined and decoded; only `sql`, `language`, `comments` and `runs` are set
  std::vector<std::string> holes;  // what each hole_mark stands for, in order
  Use use;
};

// A string expression, or a variable that was put together over several statements.
struct Text {
  // What it may come to: one, or where branches decide, one for each of their choices, as many of them taken together
  // as can be.
  std::vector<Literal> ways;
  // Where a way makes no sense: each branch taken alone, and at last none.
  std::vector<Literal> parts;
};

// Every string of `bytes`, in the order of the file: neighbours, concatenations and joined lists in one, and with them
// what variables of the same file hold and what is appended to them; of shells also here-documents. A program that
// cannot be parsed in time is a Problem. What stands in its broken parts goes to `suspects`, comments that say
// "pgrehearse:" to `marked`.
std::vector<Text> texts(std::string_view bytes, Language language, std::vector<Problem>& problems,
                        std::vector<Suspect>& suspects, std::vector<Comment>& marked);

// Whether a text says "pgrehearse:", in any case.
bool is_marked(std::string_view text);

}  // namespace source
