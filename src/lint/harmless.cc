#include "lint/harmless.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "sql/lexer.h"

namespace lint {
namespace {

using sql::Token;
using sql::TokenKind;

// Words that may make of several conditions one that is always true, or hold a statement of their own.
bool needs_a_tree(std::string_view word) {
  static constexpr std::array<std::string_view, 9> words = {"or",    "not",    "case",  "select", "with",
                                                            "where", "values", "table", "insert"};
  return std::any_of(words.begin(), words.end(), [&](std::string_view lower) { return sql::is_word(word, lower); });
}

bool is_constant(std::string_view word) {
  return sql::is_word(word, "true") || sql::is_word(word, "false") || sql::is_word(word, "null");
}

class Reader {
 public:
  Reader(std::string_view statement, const Tables& tables) : lexer_(statement), tables_(tables) { next(); }

  bool inserts_no_id() {
    if (!take("insert") || !take("into") || !find_target()) return false;
    if (take("as") && !take_name()) return false;
    if (token_.kind != TokenKind::open) return false;
    do {
      next();
      if (!is_name() || is_id()) return false;
      next();
    } while (token_.kind == TokenKind::comma);
    if (token_.kind != TokenKind::close) return false;
    for (next(); token_.kind != TokenKind::end; next()) {
      if (is("insert")) return false;
    }
    return true;
  }

  bool deletes_by_value() { return take("delete") && take("from") && rows_by_value(); }
  bool updates_by_value() { return take("update") && rows_by_value(); }

 private:
  bool rows_by_value() {
    take("only");
    return find_target() && says_nothing_until("where") && asks_for_value() && says_nothing_until({});
  }

  // Skips words that mean nothing to the rules, up to `last`; empty: to the end.
  bool says_nothing_until(std::string_view last) {
    for (; token_.kind != TokenKind::end; next()) {
      if (!last.empty() && take(last)) return true;
      if (token_.kind == TokenKind::word && needs_a_tree(text())) return false;
      if (is_name() && is_id()) return false;
    }
    return last.empty();
  }

  // column = 'value', and nothing that belongs to it behind.
  bool asks_for_value() {
    do {
      if (!is_name() || is_id() || is_constant(text())) return false;
      next();
    } while (take_sign("."));
    if (!take_sign("=")) return false;
    const bool literal = token_.kind == TokenKind::quoted && text().front() == '\'';
    const bool parameter = take_sign("$");
    const bool number =
        token_.kind == TokenKind::symbols && text().find_first_not_of("0123456789") == std::string_view::npos;
    if (!literal && !number) return false;
    if (parameter && literal) return false;
    next();
    return token_.kind == TokenKind::end || is("and") || is("returning");
  }

  bool find_target() {
    std::string schema;
    std::string name;
    do {
      if (!is_name()) return false;
      schema = std::move(name);
      name = sql::identifier(text());
      next();
    } while (take_sign("."));
    target_ = tables_.find(schema, name);
    return target_.has_value();
  }

  bool is_id() const {
    const std::string name = sql::identifier(text());
    return target_->is_id(name) || name == "ctid";
  }

  void next() { token_ = lexer_.next(); }
  std::string_view text() const { return lexer_.text(token_); }
  bool is(std::string_view word) const { return token_.kind == TokenKind::word && sql::is_word(text(), word); }
  bool is_name() const {
    return token_.kind == TokenKind::word || (token_.kind == TokenKind::quoted && text().front() == '"');
  }
  bool take_if(bool meant) {
    if (meant) next();
    return meant;
  }
  bool take(std::string_view word) { return take_if(is(word)); }
  bool take_name() { return take_if(is_name()); }
  bool take_sign(std::string_view sign) { return take_if(token_.kind == TokenKind::symbols && text() == sign); }

  sql::Lexer lexer_;
  const Tables& tables_;
  std::optional<Target> target_;
  Token token_;
};

}  // namespace

bool is_plainly_harmless(std::string_view statement, source::Word words, const Tables& tables) {
  using source::Word;
  if (words == Word::insert) return Reader(statement, tables).inserts_no_id();
  if (tables.has_contract()) return false;
  if (words == Word::erase) return Reader(statement, tables).deletes_by_value();
  return words == Word::update && Reader(statement, tables).updates_by_value();
}

}  // namespace lint
