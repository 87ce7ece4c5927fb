// The words of SQL as psql's scanner sees them (manual: "Lexical Structure"; psql's own psqlscan.l).
//
// Only as fine as cutting a script needs: numbers and operators come as runs of symbols. standard_conforming_strings
// is taken to be on. Never throws and never reads outside the text; what is not closed comes back as `unterminated`.
#pragma once

#include <cstddef>
#include <string_view>

namespace sql {

enum class TokenKind : unsigned char {
  end,      // of the text; begin == end == text.size()
  word,     // a keyword or an unquoted identifier
  quoted,   // '…', E'…', "…", $tag$…$tag$, with its quotes; prefixes N, B, X and U& come as tokens before it
  symbols,  // digits, operators and everything else
  comma,
  open,   // (
  close,  // )
  semicolon,
  backslash,
  unterminated,  // a quote or a comment that the text ends in; begins at its opening
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;  // byte offsets into the text
  std::size_t end = 0;
};

class Lexer {
 public:
  // `text` must outlive the lexer; it starts at byte `at`.
  explicit Lexer(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  // The next token after white space and comments.
  Token next();

  std::size_t at() const { return at_; }
  std::string_view text(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

 private:
  bool skip_blanks();
  bool skip_block_comment();
  Token finish(TokenKind kind, std::size_t begin, std::size_t end);
  Token word(std::size_t begin);
  Token quoted(std::size_t begin);
  Token escaped(std::size_t begin);
  Token dollar(std::size_t begin);
  Token symbols(std::size_t begin);
  bool pair_at(std::size_t at, char first, char second) const;

  std::string_view text_;
  std::size_t at_;
};

// True where `word` is `lower`, whatever the case of its ASCII letters; `lower` is written in lower case.
bool is_word(std::string_view word, std::string_view lower);

}  // namespace sql
