#include "sql/nesting.h"

#include <algorithm>
#include <array>

namespace sql {
namespace {

// After these, a comma, AND or OR does not end the subtree: set operations and joins chain across lists and conditions,
// BETWEEN has an AND of its own, and CASE holds conditions without parentheses.
bool is_carrier(std::string_view word) {
  static constexpr std::array<std::string_view, 8> carriers = {"select",    "values", "union", "except",
                                                               "intersect", "join",   "case",  "between"};
  return std::any_of(carriers.begin(), carriers.end(),
                     [&](std::string_view carrier) { return is_word(word, carrier); });
}

}  // namespace

void NestingBound::Level::separate() {
  tallest = std::max(tallest, below + item);
  if (carries) below += item;
  item = 0;
  carries = false;
}

std::size_t NestingBound::Level::height() const {
  return std::max(tallest, below + item);
}

void NestingBound::see(const Token& token, std::string_view text) {
  switch (token.kind) {
    case TokenKind::word:
      return see_word(text);
    case TokenKind::symbols:
      return see_symbols(text);
    case TokenKind::comma:
      return level().separate();
    case TokenKind::open:
      levels_.emplace_back();
      return;
    case TokenKind::close:
      return close();
    default:
      ++level().item;
  }
}

void NestingBound::see_word(std::string_view text) {
  if (is_word(text, "and") || is_word(text, "or")) return level().separate();
  ++level().item;
  if (is_carrier(text)) level().carries = true;
}

void NestingBound::see_symbols(std::string_view text) {
  for (const char c : text) {
    if (c == '[') {
      levels_.emplace_back();
    } else if (c == ']') {
      close();
    } else {
      ++level().item;
    }
  }
}

void NestingBound::close() {
  if (levels_.size() == 1) return;
  const std::size_t height = level().height() + 1;
  levels_.pop_back();
  level().item += height;
}

std::size_t NestingBound::value() {
  while (levels_.size() > 1) close();
  return level().height();
}

void NestingBound::clear() {
  levels_.assign(1, {});
}

std::size_t nesting_bound(std::string_view statement) {
  NestingBound bound;
  Lexer lexer(statement);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next())
    bound.see(token, lexer.text(token));
  return bound.value();
}

}  // namespace sql
