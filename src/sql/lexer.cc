#include "sql/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace sql {
namespace {

enum class Class : unsigned char {
  symbol,
  blank,
  word,
  quote,
  dollar,
  comma,
  open,
  close,
  semicolon,
  backslash,
  dash,
  slash
};

constexpr bool is_letter(unsigned c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
constexpr bool is_digit(unsigned c) {
  return c >= '0' && c <= '9';
}

constexpr Class classify(unsigned c) {
  if (is_letter(c)) return Class::word;
  switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
      return Class::blank;
    case '\'':
    case '"':
      return Class::quote;
    case '$':
      return Class::dollar;
    case ',':
      return Class::comma;
    case '(':
      return Class::open;
    case ')':
      return Class::close;
    case ';':
      return Class::semicolon;
    case '\\':
      return Class::backslash;
    case '-':
      return Class::dash;
    case '/':
      return Class::slash;
    default:
      return Class::symbol;
  }
}

struct Tables {
  std::array<Class, 256> classes{};
  std::array<bool, 256> in_word{};
  std::array<bool, 256> in_tag{};  // a dollar quote's tag: a word without dollars
};

constexpr Tables make_tables() {
  Tables tables;
  for (unsigned c = 0; c < 256; ++c) {
    tables.classes[c] = classify(c);
    tables.in_tag[c] = is_letter(c) || is_digit(c);
    tables.in_word[c] = tables.in_tag[c] || c == '$';
  }
  return tables;
}

constexpr Tables tables = make_tables();

Class class_of(char c) {
  return tables.classes[static_cast<unsigned char>(c)];
}
bool in_word(char c) {
  return tables.in_word[static_cast<unsigned char>(c)];
}
bool in_tag(char c) {
  return tables.in_tag[static_cast<unsigned char>(c)];
}
char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool ends_line(char c) {
  return c == '\n' || c == '\r';
}

}  // namespace

bool is_word(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return lower_case(a) == b; });
}

bool Lexer::pair_at(std::size_t at, char first, char second) const {
  return at + 1 < text_.size() && text_[at] == first && text_[at + 1] == second;
}

Token Lexer::finish(TokenKind kind, std::size_t begin, std::size_t end) {
  at_ = end;
  return {kind, begin, end};
}

// False at a comment that is not closed; at_ stands at its opening then.
bool Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (class_of(text_[at_]) == Class::blank) {
      ++at_;
    } else if (pair_at(at_, '-', '-')) {
      while (at_ < text_.size() && !ends_line(text_[at_])) ++at_;
    } else if (!pair_at(at_, '/', '*')) {
      return true;
    } else if (!skip_block_comment()) {
      return false;
    }
  }
  return true;
}

bool Lexer::skip_block_comment() {
  std::size_t depth = 1;
  for (std::size_t at = at_ + 2; at < text_.size();) {
    if (pair_at(at, '/', '*')) {
      ++depth, at += 2;
    } else if (pair_at(at, '*', '/')) {
      at += 2;
      if (--depth == 0) {
        at_ = at;
        return true;
      }
    } else {
      ++at;
    }
  }
  return false;
}

Token Lexer::next() {
  if (!skip_blanks()) return finish(TokenKind::unterminated, at_, text_.size());
  const std::size_t begin = at_;
  if (begin >= text_.size()) return finish(TokenKind::end, text_.size(), text_.size());
  switch (class_of(text_[begin])) {
    case Class::word:
      return word(begin);
    case Class::quote:
      return quoted(begin);
    case Class::dollar:
      return dollar(begin);
    case Class::comma:
      return finish(TokenKind::comma, begin, begin + 1);
    case Class::open:
      return finish(TokenKind::open, begin, begin + 1);
    case Class::close:
      return finish(TokenKind::close, begin, begin + 1);
    case Class::semicolon:
      return finish(TokenKind::semicolon, begin, begin + 1);
    case Class::backslash:
      return finish(TokenKind::backslash, begin, begin + 1);
    case Class::symbol:
    case Class::blank:
    case Class::dash:
    case Class::slash:
      break;
  }
  return symbols(begin);
}

Token Lexer::word(std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < text_.size() && in_word(text_[at])) ++at;
  const bool escapes = at == begin + 1 && lower_case(text_[begin]) == 'e';
  if (escapes && at < text_.size() && text_[at] == '\'') return escaped(begin);
  return finish(TokenKind::word, begin, at);
}

Token Lexer::quoted(std::size_t begin) {
  const char quote = text_[begin];
  for (std::size_t at = begin + 1; at < text_.size(); at += 2) {
    const void* const closing = std::memchr(text_.data() + at, quote, text_.size() - at);
    if (!closing) break;
    at = static_cast<std::size_t>(static_cast<const char*>(closing) - text_.data());
    if (!pair_at(at, quote, quote)) return finish(TokenKind::quoted, begin, at + 1);
  }
  return finish(TokenKind::unterminated, begin, text_.size());
}

// E'…'. A string that continues it on the next line is a plain one to psql, which scans line by line.
Token Lexer::escaped(std::size_t begin) {
  for (std::size_t at = begin + 2; at < text_.size(); ++at) {
    if (text_[at] == '\\' || pair_at(at, '\'', '\'')) {
      ++at;
    } else if (text_[at] == '\'') {
      return finish(TokenKind::quoted, begin, at + 1);
    }
  }
  return finish(TokenKind::unterminated, begin, text_.size());
}

// $tag$…$tag$, or a lone dollar as in $1.
Token Lexer::dollar(std::size_t begin) {
  std::size_t at = begin + 1;
  if (at < text_.size() && !is_digit(static_cast<unsigned char>(text_[at]))) {
    while (at < text_.size() && in_tag(text_[at])) ++at;
  }
  if (at >= text_.size() || text_[at] != '$') return finish(TokenKind::symbols, begin, begin + 1);
  const std::string_view tag = text_.substr(begin, at + 1 - begin);
  const std::size_t closing = text_.find(tag, at + 1);
  if (closing == std::string_view::npos) return finish(TokenKind::unterminated, begin, text_.size());
  return finish(TokenKind::quoted, begin, closing + tag.size());
}

Token Lexer::symbols(std::size_t begin) {
  std::size_t at = begin + 1;
  for (; at < text_.size(); ++at) {
    const Class kind = class_of(text_[at]);
    if (kind == Class::symbol) continue;
    if (kind == Class::dash && !pair_at(at, '-', '-')) continue;
    if (kind == Class::slash && !pair_at(at, '/', '*')) continue;
    break;
  }
  return finish(TokenKind::symbols, begin, at);
}

}  // namespace sql
