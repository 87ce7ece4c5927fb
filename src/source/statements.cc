#include "source/statements.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "base/text.h"
#include "source/refill.h"
#include "source/values.h"
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/nesting.h"
#include "sql/outline.h"

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

// What a statement's tokens tell before it is parsed.
class Glance {
 public:
  void see(const Token& token, std::string_view text) {
    if (token.kind == TokenKind::word) words_ = words_ | word_of(text);
    bound_.see(token, text);
  }
  void clear() {
    words_ = Word::none;
    bound_.clear();
  }
  Word words() const { return words_; }
  std::size_t bound() { return bound_.value(); }

 private:
  Word words_ = Word::none;
  sql::NestingBound bound_;
};

Statement parsed(Fragment& fragment, std::size_t begin, std::size_t end, Glance& glance, Problem* error) {
  Statement statement{.begin = begin, .end = end};
  statement.words = glance.words();
  const auto failed = parse_refilling(fragment, begin, end, glance.bound());
  statement.parses = !failed;
  if (failed && error) {
    *error = {complaint(fragment, begin, *failed), fragment.place(begin + std::min(failed->at, end - begin))};
  }
  return statement;
}

constexpr std::size_t longest_query = 400;  // of \gset
constexpr std::size_t most_results = 50;
constexpr std::size_t most_cursors = 50;
constexpr std::string_view cursor_verb = "declare";

class Finder {
 public:
  Finder(Fragment& fragment, std::vector<Problem>& problems, bool later)
      : fragment_(fragment), problems_(problems), later_(later) {}

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
    glance_.clear();
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
        if (token.kind == TokenKind::backslash) {
          note_results(token.begin);
          note_number(token.begin);
          skip_line(token.begin);
        }
        if (ends && outline.copies_from_stdin()) skip_copy_data();
        return token.kind != TokenKind::end;
      }
      if (token.kind == TokenKind::unterminated) {
        problems_.push_back({never_closed, fragment_.place(token.begin)});
        return false;
      }
      if (!open) begin = token.begin;
      open = true;
      end = std::max(end, token.end);
      glance_.see(token, lexer.text(token));
      if (token.kind == TokenKind::open) ++depth;
      if (token.kind == TokenKind::close && depth > 0) --depth;
      if (token.kind == TokenKind::symbols && fragment_.language == Language::sql) {
        const std::string_view text = lexer.text(token);
        brackets += std::count(text.begin(), text.end(), '[') - std::count(text.begin(), text.end(), ']');
        if (brackets <= 0) end = std::max(end, see_variable(token));  // else it is a slice: a[1:n]
      }
      if (!outline.settled()) outline.see(token, lexer.text(token), depth);
    }
  }

  // :name, :'name' and :"name" of psql: a value or a name that only its caller knows. Where it ends; 0: there is none.
  std::size_t see_variable(const Token& token) {
    const std::string& sql = fragment_.sql;
    const std::size_t colon = token.end - 1;
    if (sql[colon] != ':' || (colon > 0 && sql[colon - 1] == ':') || token.end >= sql.size()) return 0;
    const Token name = sql::Lexer(sql, token.end).next();
    if (name.begin != token.end || (name.kind != TokenKind::word && name.kind != TokenKind::quoted)) return 0;
    Hole hole = fill_variable(fragment_, colon, name.end);
    const std::string_view query = query_of_rows(query_behind(hole.source));
    if (!query.empty()) hole.source.append(" of ").append(query);
    const auto number = numbers_.find(std::string_view(hole.source).substr(1));
    if (number != numbers_.end() && is_whole_number(number->second)) hole.source = number->second;
    fragment_.holes.push_back(std::move(hole));
    return name.end;
  }

  // \set NAME NUMBER
  void note_number(std::size_t command) {
    constexpr std::string_view name = "\\set ";
    const std::string_view line = std::string_view(fragment_.sql).substr(command, longest_query);
    if (!line.starts_with(name)) return;
    const std::string_view words = line.substr(name.size(), line.find_first_of("\r\n") - name.size());
    const std::size_t blank = std::min(words.find(' '), words.size());
    numbers_[std::string(words.substr(0, blank))] = words.substr(blank);
  }

  // \gset PREFIX: the columns of the query before it become variables.
  void note_results(std::size_t command) {
    constexpr std::string_view name = "\\gset";
    if (fragment_.sql.compare(command, name.size(), name) != 0 || fragment_.statements.empty()) return;
    const std::string_view behind = std::string_view(fragment_.sql).substr(command + name.size());
    const std::size_t begin = std::min(behind.find_first_not_of(" \t"), behind.size());
    const std::size_t end = std::min(behind.find_first_of(" \t\r\n", begin), behind.size());
    const Statement& query = fragment_.statements.back();
    results_.push_back(
        {std::string(behind.substr(begin, end - begin)), std::string(fragment_.text(query).substr(0, longest_query))});
  }

  // The last query that has a column for the variable.
  std::string_view query_behind(std::string_view variable) const {
    std::size_t looked_at = 0;
    for (auto result = results_.rbegin(); result != results_.rend() && looked_at < most_results;
         ++result, ++looked_at) {
      bool found = false;
      for_each_name(variable, [&](std::string_view name) {
        if (!name.starts_with(result->prefix)) return;
        const std::string column = base::lower_case(name.substr(result->prefix.size()));
        for_each_name(result->query, [&](std::string_view word) { found = found || base::lower_case(word) == column; });
      });
      if (found) return result->query;
    }
    return {};
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

  // True where there is nothing that could be filled in another way.
  bool is_fixed(std::size_t begin, std::size_t end) const {
    const std::string_view text = std::string_view(fragment_.sql).substr(begin, end - begin);
    return text.find('@') == text.npos && fragment_.holes_within(begin, end).empty();
  }

  void add(std::size_t begin, std::size_t end) {
    Statement statement{.begin = begin, .end = end, .unread = true, .words = glance_.words()};
    if (!later_ || !any(statement.words, writing) || !is_fixed(begin, end)) {
      Problem error;
      statement = parsed(fragment_, begin, end, glance_, &error);
      if (!statement.parses) problems_.push_back(error);
    }
    fragment_.statements.push_back(statement);
    if (sql::is_word(fragment_.text(statement).substr(0, cursor_verb.size()), cursor_verb)) note_cursor(statement);
  }

  // DECLARE c … CURSOR … FOR SELECT …: what WHERE CURRENT OF means by it from here on.
  void note_cursor(const Statement& statement) {
    const std::string_view text = fragment_.text(statement);
    sql::Lexer lexer(text, cursor_verb.size());
    const std::string name = sql::identifier(lexer.text(lexer.next()));
    Token token = lexer.next();
    while (token.kind == TokenKind::word && !sql::is_word(lexer.text(token), "for")) token = lexer.next();
    if (token.kind != TokenKind::word || fragment_.loops.size() >= most_cursors) return;
    fragment_.loops.push_back({.variable = name,
                               .query = std::string(text.substr(token.end)),
                               .begin = statement.end,
                               .end = fragment_.sql.size()});
  }

  struct Result {
    std::string prefix;
    std::string query;
  };

  Fragment& fragment_;
  std::vector<Problem>& problems_;
  const bool later_;
  Glance glance_;                                            // at the statement under way
  std::vector<Result> results_;                              // of \gset
  std::map<std::string, std::string, std::less<>> numbers_;  // of \set
  std::size_t at_ = 0;
};

}  // namespace

Statement statement_at(Fragment& fragment, std::size_t begin, std::size_t end, Problem* error) {
  Glance glance;
  sql::Lexer lexer(std::string_view(fragment.sql).substr(begin, end - begin));
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
       token = lexer.next())
    glance.see(token, lexer.text(token));
  return parsed(fragment, begin, end, glance, error);
}

void find_statements(Fragment& fragment, std::vector<Problem>& problems, bool later) {
  Finder(fragment, problems, later).find();
}

}  // namespace source
