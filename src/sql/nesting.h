// How deeply a statement's parse tree may nest, told from its text before anything recursive touches it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sql/lexer.h"

namespace sql {

// The bound of a statement whose tokens are seen one after the other.
class NestingBound {
 public:
  void see(const Token& token, std::string_view text);  // `text`: the token's
  std::size_t value();
  void clear();

 private:
  // What stands between one pair of parentheses or brackets. Its items (between commas, AND and OR) are subtrees side
  // by side, so that only the tallest counts; an item can be no taller than it has words and symbols.
  struct Level {
    std::size_t below = 0;  // of items that a later one may hold inside itself
    std::size_t item = 0;   // of the item under way
    std::size_t tallest = 0;
    bool carries = false;  // the item under way holds a word that may put it inside a later one

    void separate();
    std::size_t height() const;
  };

  void see_word(std::string_view text);
  void see_symbols(std::string_view text);
  void close();
  Level& level() { return levels_.back(); }

  std::vector<Level> levels_{1};
};

// An upper bound for the depth of the parse tree, in words and symbols one inside the other: large where operators,
// joins, set operations or parentheses are chained, small for long flat lists and long AND/OR conditions.
std::size_t nesting_bound(std::string_view statement);

}  // namespace sql
