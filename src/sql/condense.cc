#include "sql/condense.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "sql/lexer.h"

namespace sql {
namespace {

constexpr std::size_t kept_items = 16;

struct List {
  std::size_t items = 0;       // that ended at a comma
  std::size_t item_begin = 0;  // in the output: before the comma that the item under way follows
  bool constant_item = true;   // the item under way
  bool constant = true;        // all of them
};

bool is_constant(TokenKind kind, std::string_view text) {
  switch (kind) {
    case TokenKind::word: {
      static constexpr std::array<std::string_view, 4> words = {"null", "true", "false", "default"};
      return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return is_word(text, word); });
    }
    case TokenKind::quoted:
      return text.front() != '"';
    case TokenKind::symbols:
      return text.find_first_not_of("0123456789.+-") == std::string_view::npos;
    default:
      return false;
  }
}

class Condenser {
 public:
  explicit Condenser(std::string_view statement) : statement_(statement), lexer_(statement) {}

  std::string run() {
    for (Token token = lexer_.next(); token.kind != TokenKind::end; token = lexer_.next()) take(token);
    return std::move(output_);
  }

 private:
  void take(const Token& token) {
    if (token.kind == TokenKind::comma || token.kind == TokenKind::close) end_item();
    if (token.kind == TokenKind::comma) next_item();
    output_.append(statement_.substr(taken_, token.end - taken_));
    taken_ = token.end;
    if (token.kind == TokenKind::open) {
      lists_.push_back({.item_begin = output_.size()});
    } else if (token.kind == TokenKind::close) {
      close();
    } else if (token.kind != TokenKind::comma) {
      list().constant_item = list().constant_item && is_constant(token.kind, lexer_.text(token));
    }
  }

  void end_item() {
    list().constant = list().constant && list().constant_item;
    if (list().constant_item && list().items >= kept_items) output_.resize(list().item_begin);
  }

  void next_item() {
    ++list().items;
    list().item_begin = output_.size();
    list().constant_item = true;
  }

  void close() {
    if (lists_.size() == 1) return;
    const bool constant = list().constant;
    lists_.pop_back();
    list().constant_item = list().constant_item && constant;
  }

  List& list() { return lists_.back(); }

  std::string_view statement_;
  Lexer lexer_;
  std::size_t taken_ = 0;  // of the statement
  std::string output_;
  std::vector<List> lists_{1};
};

}  // namespace

std::string condense(std::string_view statement) {
  return Condenser(statement).run();
}

}  // namespace sql
