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

// With a contract: a word or a literal of the text names one of its sequences or tables.
bool is_ours(std::string_view text, const Tables& tables) {
  if (!tables.has_contract()) return true;
  sql::Lexer lexer(text);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    std::string word = base::lower_case(lexer.text(token));
    std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
    const std::string name = word.substr(word.rfind('.') + 1);
    if (name.starts_with("hole_") || tables.minted_from({}, name) || tables.find({}, name)) return true;
  }
  return false;
}

}  // namespace

std::optional<Hit> sequence_from_program(const source::Fragment& fragment, const source::Statement& statement,
                                         const Tables& tables, Effort& effort) {
  for (const source::Hole& hole : fragment.holes_within(statement.begin, statement.end)) {
    if (hole.end > statement.end) continue;
    const std::string_view before =
        std::string_view(fragment.sql).substr(statement.begin, hole.begin - statement.begin);
    if (!effort.spend(before.size())) return std::nullopt;
    if (!says_rows(hole.source)) continue;
    const bool restarts = any(statement.words, source::Word::restart) && follows_restart(before);
    const bool sets = any(statement.words, source::Word::setval) && base::contains_ignoring_case(before, "setval");
    if ((!restarts && !sets) || !is_ours(before, tables)) continue;
    return Hit{Rule::sequence_follows_data, static_cast<int>(hole.begin - statement.begin),
               restarts ? "a sequence is restarted with a number that the program read from rows"
                        : "setval sets a sequence to what the program read from rows"};
  }
  return std::nullopt;
}

}  // namespace lint
