#include "source/dynamic.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "source/prose.h"
#include "source/statements.h"

namespace source {
namespace {

using sql::Token;
using sql::TokenKind;

constexpr int deepest_expression = 20;

template <std::size_t N>
bool is_any(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool ends_expression(const Lexeme& lexeme) {
  static constexpr std::array<std::string_view, 6> words = {"using", "into", "as", "from", "loop", "where"};
  return is_any(lexeme.word, words) || lexeme.token.kind == TokenKind::comma || lexeme.token.kind == TokenKind::close ||
         lexeme.token.kind == TokenKind::semicolon;
}

// Operands of || outside parentheses.
std::vector<Lexemes> operands_of(const Fragment& from, Lexemes expression) {
  std::vector<Lexemes> operands;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i].token.kind == TokenKind::open) {
      i = behind_parenthesis(expression, i) - 1;
      continue;
    }
    const Token& token = expression[i].token;
    if (token.kind != TokenKind::symbols || std::string_view(from.sql).substr(token.begin, 2) != "||") continue;
    operands.push_back(expression.subspan(begin, i - begin));
    begin = i + 1;
  }
  operands.push_back(expression.subspan(begin));
  return operands;
}

}  // namespace

bool wants_name(std::string_view before) {
  if (before.ends_with('"') || before.ends_with('.')) return true;
  sql::Lexer lexer(before);
  std::string last;
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
       token = lexer.next()) {
    last = base::lower_case(lexer.text(token));
  }
  static constexpr std::array<std::string_view, 10> words = {"from",     "into",     "update", "table",    "only",
                                                             "truncate", "sequence", "join",   "database", "role"};
  return is_any(last, words);
}

std::vector<Lexemes> arguments_of(Lexemes inside) {
  std::vector<Lexemes> arguments;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i].token.kind == TokenKind::open) {
      i = behind_parenthesis(inside, i) - 1;
    } else if (inside[i].token.kind == TokenKind::comma) {
      arguments.push_back(inside.subspan(begin, i - begin));
      begin = i + 1;
    }
  }
  arguments.push_back(inside.subspan(std::min(begin, inside.size())));
  return arguments;
}

namespace {

bool runs_text(std::string_view function) {
  static constexpr std::array<std::string_view, 7> functions = {
      "schedule", "schedule_in_database", "alter_job", "dblink", "dblink_exec", "dblink_send_query", "dblink_open"};
  return is_any(function, functions);
}

}  // namespace

std::size_t behind_parenthesis(Lexemes lexemes, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < lexemes.size(); ++i) {
    if (lexemes[i].token.kind == TokenKind::open) ++depth;
    if (lexemes[i].token.kind == TokenKind::close && --depth == 0) return i + 1;
  }
  return lexemes.size();
}

std::vector<Lexeme> lexemes_of(const Fragment& from, std::size_t begin, std::size_t end) {
  std::vector<Lexeme> lexemes;
  sql::Lexer lexer(std::string_view(from.sql).substr(0, end), begin);
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
       token = lexer.next()) {
    lexemes.push_back({token, token.kind == TokenKind::word ? base::lower_case(lexer.text(token)) : std::string()});
  }
  return lexemes;
}

void copy_content(const Fragment& from, const Token& quoted, Pieces& pieces) {
  const std::string_view text = std::string_view(from.sql).substr(quoted.begin, quoted.end - quoted.begin);
  if (text.starts_with('$')) {
    const std::size_t tag = text.find('$', 1) + 1;
    if (text.size() >= 2 * tag) pieces.copy(from, quoted.begin + tag, quoted.end - tag);
    return;
  }
  std::size_t at = quoted.begin + std::min(text.find('\''), text.size() - 1) + 1;
  while (at < quoted.end - 1) {
    const std::size_t quote = std::min(from.sql.find('\'', at), quoted.end - 1);
    pieces.copy(from, at, std::min(quote + 1, quoted.end - 1));
    at = quote + 2;  // the second of two
  }
}

std::string_view DynamicText::text(const Lexeme& lexeme) const {
  return std::string_view(from_.sql).substr(lexeme.token.begin, lexeme.token.end - lexeme.token.begin);
}

bool DynamicText::is_literal(const Lexeme& lexeme) const {
  return lexeme.token.kind == TokenKind::quoted && !text(lexeme).starts_with('"');
}

Fragment DynamicText::read(Lexemes expression) {
  Pieces pieces;
  read(expression, pieces, 0);
  return pieces.take();
}

std::size_t DynamicText::read(Lexemes expression, Pieces& pieces, int depth) {
  std::size_t end = 0;
  while (end < expression.size() && !ends_expression(expression[end])) {
    end = expression[end].token.kind == TokenKind::open ? behind_parenthesis(expression, end) : end + 1;
  }
  for (const Lexemes operand : operands_of(from_, expression.first(std::min(end, expression.size())))) {
    read_operand(operand, pieces, depth);
  }
  return end;
}

void DynamicText::read_operand(Lexemes operand, Pieces& pieces, int depth) {
  // Casts behind it say nothing: '…'::text.
  if (operand.empty()) return;
  const bool casts = operand.size() == 1 || text(operand[1]) == "::";
  if (is_literal(operand[0]) && casts) return copy_content(from_, operand[0].token, pieces);
  const bool calls = operand.size() > 2 && operand[1].token.kind == TokenKind::open;
  if (calls && depth < deepest_expression) {
    const Lexemes inside = operand.subspan(2, std::max<std::size_t>(behind_parenthesis(operand, 1), 3) - 3);
    if (operand[0].word == "format") return fill_format(inside, pieces, depth);
    if (operand[0].word == "concat") {
      for (const Lexemes argument : arguments_of(inside)) read(argument, pieces, depth + 1);
      return;
    }
  }
  if (operand[0].token.kind == TokenKind::open && depth < deepest_expression) {
    read(operand.subspan(1), pieces, depth + 1);
    return;
  }
  const std::size_t begin = operand.front().token.begin;
  fill(pieces, from_.file_offset(begin), from_.place(begin), from_.sql.substr(begin, operand.back().token.end - begin),
       false);
}

// A hole as a value, or as a name where SQL wants one.
void DynamicText::fill(Pieces& pieces, std::size_t file, Place place, const std::string& source, bool name) {
  const std::string root = base::lower_case(std::string_view(source).substr(0, source.find('.')));
  if (!name && kept_.contains(root)) return pieces.insert(source, file, place);
  const std::string number = std::to_string(++holes_);
  const bool names = name || wants_name(pieces.fragment().sql);
  const std::size_t begin = pieces.size();
  pieces.insert(names ? "hole_" + number : "$" + number, file, place);
  pieces.fragment().holes.push_back({.kind = names ? Hole::Kind::identifier : Hole::Kind::parameter,
                                     .begin = begin,
                                     .end = pieces.size(),
                                     .source = source,
                                     .place = place});
}

// format('… %I … %L', …): %I is a name, %L and %s are values; literals among the arguments are put in.
void DynamicText::fill_format(Lexemes inside, Pieces& pieces, int depth) {
  const std::vector<Lexemes> arguments = arguments_of(inside);
  Pieces made;
  read(arguments[0], made, depth + 1);
  const Fragment pattern = made.take();
  std::size_t next = 1;
  for (std::size_t at = 0; at < pattern.sql.size();) {
    const std::size_t percent = std::min(pattern.sql.find('%', at), pattern.sql.size());
    pieces.copy(pattern, at, percent);
    if (percent >= pattern.sql.size()) break;
    std::size_t letter = percent + 1;
    std::size_t number = 0;
    while (letter < pattern.sql.size() && letter < percent + 8 &&
           (std::isdigit(static_cast<unsigned char>(pattern.sql[letter])) != 0 || pattern.sql[letter] == '$')) {
      if (pattern.sql[letter] != '$') number = number * 10 + static_cast<std::size_t>(pattern.sql[letter] - '0');
      ++letter;
    }
    const char kind = letter < pattern.sql.size() ? pattern.sql[letter] : '%';
    at = letter + 1;
    const std::size_t file = pattern.file_offset(percent);
    const Place place = pattern.place(percent);
    if (kind == '%') {
      pieces.insert("%", file, place);
      continue;
    }
    const bool numbered = pattern.sql[letter - 1] == '$' && number > 0;
    if (numbered) next = number;
    const Lexemes value = next < arguments.size() ? arguments[next] : Lexemes();
    ++next;
    std::string source;
    if (!value.empty()) {
      const std::size_t begin = value.front().token.begin;
      source = from_.sql.substr(begin, value.back().token.end - begin);
    }
    const bool literal = value.size() == 1 && (is_literal(value[0]) || value[0].token.kind == TokenKind::symbols);
    if (!literal) {
      fill(pieces, file, place, source, kind == 'I');
    } else if (kind != 'L' && is_literal(value[0])) {
      Pieces content;
      copy_content(from_, value[0].token, content);
      pieces.insert(content.fragment().sql, file, place);
    } else {
      pieces.insert(source, file, place);
    }
  }
}

std::vector<Fragment> texts_run_by(const Fragment& fragment, const Statement& statement) {
  std::vector<Fragment> found;
  const std::vector<Lexeme> lexemes = lexemes_of(fragment, statement.begin, statement.end);
  const std::string_view behind = std::string_view(fragment.sql).substr(statement.end);
  const std::size_t sign = behind.find_first_not_of(" \t\r\n;");
  const bool generates = sign != std::string_view::npos && behind.substr(sign).starts_with("\\gexec");
  const std::set<std::string, std::less<>> none;
  for (std::size_t i = 0; i < lexemes.size(); ++i) {
    const bool calls =
        runs_text(lexemes[i].word) && i + 1 < lexemes.size() && lexemes[i + 1].token.kind == TokenKind::open;
    if (!calls && !generates) continue;
    const std::size_t end = calls ? behind_parenthesis(lexemes, i + 1) : lexemes.size();
    for (std::size_t at = i; at < end; ++at) {
      const bool begins =
          lexemes[at].token.kind == TokenKind::quoted || lexemes[at].word == "format" || lexemes[at].word == "concat";
      if (!begins) continue;
      Fragment text = DynamicText(fragment, none).read(Lexemes(lexemes).subspan(at, end - at));
      if (likeness(text.sql) == Likeness::none) continue;
      std::vector<Problem> ignored;
      find_statements(text, ignored);
      found.push_back(std::move(text));
      while (at + 1 < end && !ends_expression(lexemes[at + 1])) {
        at = lexemes[at + 1].token.kind == TokenKind::open ? behind_parenthesis(lexemes, at + 1) - 1 : at + 1;
      }
    }
    i = end;
  }
  return found;
}

}  // namespace source
