// SQL that SQL puts together as text: what EXECUTE and psql's \gexec run, and what functions are handed to run it.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/pieces.h"
#include "sql/lexer.h"

namespace source {

struct Lexeme {
  sql::Token token;
  std::string word;  // lower case, of words alone
};
using Lexemes = std::span<const Lexeme>;

// The words of `from.sql` from `begin` to `end`, up to a quote that is not closed.
std::vector<Lexeme> lexemes_of(const Fragment& from, std::size_t begin, std::size_t end);

// A quoted token's content, copied so that each byte knows its place: '…' with its quotes doubled, or $tag$…$tag$.
void copy_content(const Fragment& from, const sql::Token& quoted, Pieces& pieces);

// The text that an expression comes to: literals joined, format() and concat() carried out, what else stands in it as
// holes. `from` is what the lexemes are offsets into; a value that is one of `kept` stands as it is written.
class DynamicText {
 public:
  DynamicText(const Fragment& from, const std::set<std::string, std::less<>>& kept) : from_(from), kept_(kept) {}

  // The expression at the beginning of `expression`, up to a comma, a word that ends it, or a closing parenthesis.
  Fragment read(Lexemes expression);

 private:
  std::size_t read(Lexemes expression, Pieces& pieces, int depth);
  std::string_view text(const Lexeme& lexeme) const;
  bool is_literal(const Lexeme& lexeme) const;
  void read_operand(Lexemes operand, Pieces& pieces, int depth);
  void fill_format(Lexemes arguments, Pieces& pieces, int depth);
  void fill(Pieces& pieces, std::size_t file, Place place, const std::string& source, bool name);

  const Fragment& from_;
  const std::set<std::string, std::less<>>& kept_;
  std::size_t holes_ = 0;
};

// Texts that `statement` has run for it: by pg_cron, dblink, or \gexec behind it.
std::vector<Fragment> texts_run_by(const Fragment& fragment, const Statement& statement);

// True where a name is what SQL wants behind `before`.
bool wants_name(std::string_view before);

// What commas outside parentheses part; at least one.
std::vector<Lexemes> arguments_of(Lexemes inside);

// The index behind the parenthesis that closes the one at `open`, or the end.
std::size_t behind_parenthesis(Lexemes lexemes, std::size_t open);

}  // namespace source
