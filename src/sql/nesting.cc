#include "sql/nesting.h"

#include <algorithm>
#include <array>
#include <vector>

#include "sql/lexer.h"

namespace sql {
namespace {

// What stands between one pair of parentheses or brackets. Its items (between commas, AND and OR) are subtrees side by
// side, so that only the tallest counts; an item can be no taller than it has words and symbols.
struct Level {
  std::size_t below = 0;  // of items that a later one may hold inside itself
  std::size_t item = 0;   // of the item under way
  std::size_t tallest = 0;
  bool carries = false;  // the item under way holds a word that may put it inside a later one

  void separate() {
    tallest = std::max(tallest, below + item);
    if (carries) below += item;
    item = 0;
    carries = false;
  }
  std::size_t height() const { return std::max(tallest, below + item); }
};

// After these, a comma, AND or OR does not end the subtree: set operations and joins chain across lists and conditions,
// BETWEEN has an AND of its own, and CASE holds conditions without parentheses.
bool is_carrier(std::string_view word) {
  static constexpr std::array<std::string_view, 8> carriers = {"select",    "values", "union", "except",
                                                               "intersect", "join",   "case",  "between"};
  return std::any_of(carriers.begin(), carriers.end(),
                     [&](std::string_view carrier) { return is_word(word, carrier); });
}

class Bound {
 public:
  void word(std::string_view text) {
    if (is_word(text, "and") || is_word(text, "or")) return separate();
    ++level().item;
    if (is_carrier(text)) level().carries = true;
  }
  void symbols(std::string_view text) {
    for (const char c : text) {
      if (c == '[') {
        open();
      } else if (c == ']') {
        close();
      } else {
        ++level().item;
      }
    }
  }
  void one() { ++level().item; }
  void separate() { level().separate(); }
  void open() { levels_.emplace_back(); }
  void close() {
    if (levels_.size() == 1) return;
    const std::size_t height = level().height() + 1;
    levels_.pop_back();
    level().item += height;
  }
  std::size_t value() {
    while (levels_.size() > 1) close();
    return level().height();
  }

 private:
  Level& level() { return levels_.back(); }

  std::vector<Level> levels_{1};
};

}  // namespace

std::size_t nesting_bound(std::string_view statement) {
  Bound bound;
  Lexer lexer(statement);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    switch (token.kind) {
      case TokenKind::word:
        bound.word(lexer.text(token));
        break;
      case TokenKind::symbols:
        bound.symbols(lexer.text(token));
        break;
      case TokenKind::comma:
        bound.separate();
        break;
      case TokenKind::open:
        bound.open();
        break;
      case TokenKind::close:
        bound.close();
        break;
      default:
        bound.one();
        break;
    }
  }
  return bound.value();
}

}  // namespace sql
