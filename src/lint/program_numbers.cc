#include "lint/program_numbers.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "lint/words.h"
#include "sql/lexer.h"

namespace lint {
namespace {

bool follows_restart(std::string_view before) {
  sql::Lexer lexer(before);
  std::string last;
  std::string one_before;
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    one_before = std::exchange(last, base::lower_case(lexer.text(token)));
  }
  return last == "restart" || (last == "with" && one_before == "restart");
}

bool says_rows(std::string_view source) {
  static constexpr std::array<std::string_view, 12> words = {"max",     "min",      "last",   "highest",
                                                             "largest", "greatest", "count",  "biggest",
                                                             "maximum", "minimum",  "latest", "next"};
  const std::vector<std::string> parts = parts_of_names(source);
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return std::find(words.begin(), words.end(), part) != words.end();
  });
}

// True where `source`, in PL/pgSQL, names a variable that a query filled.
bool is_computed(std::string_view source, const std::set<std::string, std::less<>>& computed) {
  if (computed.empty()) return false;
  sql::Lexer lexer(source);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::word && computed.contains(base::lower_case(lexer.text(token)))) return true;
  }
  return false;
}

// True where the program puts in what `token` names, or its beginning.
bool is_program_s(const source::Fragment& fragment, const sql::Token& token) {
  const auto holes = fragment.holes_within(token.begin, token.end);
  return std::any_of(holes.begin(), holes.end(), [&](const source::Hole& hole) {
    const bool names = hole.kind == source::Hole::Kind::identifier || hole.kind == source::Hole::Kind::inside;
    const bool leads = hole.begin == token.begin ||
                       std::string_view("\"'.").find(fragment.sql[hole.begin - 1]) != std::string_view::npos;
    return names && leads && hole.end <= token.end;
  });
}

// With a contract: a word or a literal before the hole names one of its sequences or tables, or the program does.
bool is_ours(const source::Fragment& fragment, std::size_t begin, std::size_t end, const Tables& tables) {
  if (!tables.has_contract()) return true;
  sql::Lexer lexer(std::string_view(fragment.sql).substr(0, end), begin);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    std::string word = base::lower_case(lexer.text(token));
    std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
    const std::string name = word.substr(word.rfind('.') + 1);
    if (is_program_s(fragment, token) || tables.minted_from({}, name) || tables.find({}, name)) return true;
  }
  return false;
}

}  // namespace

std::optional<Hit> sequence_from_program(const source::Fragment& fragment, const source::Statement& statement,
                                         const std::set<std::string, std::less<>>& computed, const Tables& tables,
                                         Effort& effort) {
  for (const source::Hole& hole : fragment.holes_within(statement.begin, statement.end)) {
    if (hole.end > statement.end) continue;
    const std::string_view before =
        std::string_view(fragment.sql).substr(statement.begin, hole.begin - statement.begin);
    if (!effort.spend(before.size())) return std::nullopt;
    if (!says_rows(hole.source) && !is_computed(hole.source, computed)) continue;
    const bool restarts = any(statement.words, source::Word::restart) && follows_restart(before);
    const bool sets = any(statement.words, source::Word::setval) && base::contains_ignoring_case(before, "setval");
    if ((!restarts && !sets) || !is_ours(fragment, statement.begin, hole.begin, tables)) continue;
    return Hit{Rule::sequence_follows_data, static_cast<int>(hole.begin - statement.begin),
               restarts ? "a sequence is restarted with a number that the program read from rows"
                        : "setval sets a sequence to what the program read from rows"};
  }
  return std::nullopt;
}

}  // namespace lint
