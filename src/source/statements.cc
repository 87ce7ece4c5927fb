#include "source/statements.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sql/lexer.h"
#include "sql/outline.h"
#include "sql/parse_tree.h"

namespace source {
namespace {

using sql::Token;
using sql::TokenKind;

Word word_of(std::string_view text) {
  using namespace std::string_view_literals;
  static constexpr std::array words = {
      std::pair{"delete"sv, Word::erase}, std::pair{"update"sv, Word::update}, std::pair{"insert"sv, Word::insert},
      std::pair{"merge"sv, Word::merge}, std::pair{"truncate"sv, Word::truncate}, std::pair{"drop"sv, Word::drop},
      std::pair{"alter"sv, Word::alter}, std::pair{"setval"sv, Word::setval}, std::pair{"restart"sv, Word::restart},
      std::pair{"cascade"sv, Word::cascade}, std::pair{"do"sv, Word::body}, std::pair{"function"sv, Word::body},
      std::pair{"procedure"sv, Word::body}, std::pair{"execute"sv, Word::execute}, std::pair{"copy"sv, Word::copy},
      std::pair{"create"sv, Word::create},
      // Functions that run what they are handed.
      std::pair{"schedule"sv, Word::execute}, std::pair{"dblink"sv, Word::execute},
      std::pair{"dblink_exec"sv, Word::execute}, std::pair{"dblink_open"sv, Word::execute},
      std::pair{"dblink_send_query"sv, Word::execute}, std::pair{"alter_job"sv, Word::execute},
      std::pair{"schedule_in_database"sv, Word::execute}};
  if (text.size() < 2 || text.size() > 20) return Word::none;
  for (const auto& [word, bit] : words) {
    if (word.size() == text.size() && sql::is_word(text, word)) return bit;
  }
  return Word::none;
}

class Finder {
 public:
  Finder(Fragment& fragment, std::vector<Problem>& problems) : fragment_(fragment), problems_(problems) {}

  void find() {
    while (at_ < fragment_.sql.size() && next()) {
    }
  }

 private:
  // One statement, or one command of psql's; false at the end.
  bool next() {
    sql::Lexer lexer(fragment_.sql, at_);
    sql::Outline outline;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t depth = 0;
    std::ptrdiff_t brackets = 0;
    bool open = false;
    for (Token token = lexer.next();; token = lexer.next()) {
      const bool ends = token.kind == TokenKind::semicolon && depth == 0 && !outline.in_body();
      if (ends || token.kind == TokenKind::end || token.kind == TokenKind::backslash) {
        if (open) add(begin, end);
        const bool generates =
            token.kind == TokenKind::backslash && fragment_.sql.compare(token.begin, 6, "\\gexec") == 0;
        if (generates && !fragment_.statements.empty()) {
          Word& words = fragment_.statements.back().words;
          words = words | Word::execute;
        }
        at_ = lexer.at();
        if (token.kind == TokenKind::backslash) skip_line(token.begin);
        if (ends && outline.copies_from_stdin()) skip_copy_data();
        return token.kind != TokenKind::end;
      }
      if (token.kind == TokenKind::unterminated) {
        problems_.push_back({"a quote or a comment is opened here and never closed", fragment_.place(token.begin)});
        return false;
      }
      if (!open) begin = token.begin;
      open = true;
      end = token.end;
      if (token.kind == TokenKind::open) ++depth;
      if (token.kind == TokenKind::close && depth > 0) --depth;
      if (token.kind == TokenKind::symbols && fragment_.language == Language::sql) {
        const std::string_view text = lexer.text(token);
        brackets += std::count(text.begin(), text.end(), '[') - std::count(text.begin(), text.end(), ']');
        if (brackets <= 0) fill_variable(token);  // else it is a slice: a[1:n]
      }
      if (!outline.settled()) outline.see(token, lexer.text(token), depth);
    }
  }

  // :name, :'name' and :"name" of psql: a value or a name that only its caller knows. As long as before.
  void fill_variable(const Token& token) {
    std::string& sql = fragment_.sql;
    const std::size_t colon = token.end - 1;
    if (sql[colon] != ':' || (colon > 0 && sql[colon - 1] == ':') || token.end >= sql.size()) return;
    const Token name = sql::Lexer(sql, token.end).next();
    if (name.begin != token.end || (name.kind != TokenKind::word && name.kind != TokenKind::quoted)) return;
    const std::string source = sql.substr(colon, name.end - colon);
    const bool identifier = sql[name.begin] == '"';
    std::string filling =
        identifier ? sql.substr(name.begin, name.end - name.begin) : fmt::format("${}", holes_ % 9 + 1);
    filling.resize(source.size(), ' ');
    ++holes_;
    fragment_.holes.push_back({.kind = identifier ? Hole::Kind::identifier : Hole::Kind::parameter,
                               .begin = colon,
                               .end = name.end,
                               .source = source,
                               .place = fragment_.place(colon)});
    sql.replace(colon, source.size(), filling);
  }

  void skip_line(std::size_t from) {
    const std::size_t newline = fragment_.sql.find('\n', from);
    at_ = newline == std::string::npos ? fragment_.sql.size() : newline + 1;
  }

  void skip_copy_data() {
    skip_line(at_);
    while (at_ < fragment_.sql.size()) {
      const std::size_t line = at_;
      skip_line(at_);
      std::string_view text = std::string_view(fragment_.sql).substr(line, at_ - line);
      while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
      if (text == "\\.") return;
    }
  }

  void add(std::size_t begin, std::size_t end) {
    Problem error;
    const Statement statement = statement_at(fragment_, begin, end, &error);
    if (!statement.parses) problems_.push_back(error);
    fragment_.statements.push_back(statement);
  }

  Fragment& fragment_;
  std::vector<Problem>& problems_;
  std::size_t at_ = 0;
  std::size_t holes_ = 0;
};

}  // namespace

Statement statement_at(const Fragment& fragment, std::size_t begin, std::size_t end, Problem* error) {
  Statement statement{.begin = begin, .end = end};
  const std::string_view text = fragment.text(statement);
  sql::Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
       token = lexer.next()) {
    if (token.kind == TokenKind::word) statement.words = statement.words | word_of(lexer.text(token));
  }
  const auto failed = sql::syntax_error(std::string(text));
  statement.parses = !failed;
  if (failed && error) *error = {failed->message, fragment.place(begin + std::min(failed->at, text.size()))};
  return statement;
}

void find_statements(Fragment& fragment, std::vector<Problem>& problems) {
  Finder(fragment, problems).find();
}

}  // namespace source
