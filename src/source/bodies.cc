// Bodies of functions and blocks, by their language.
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "source/dynamic.h"
#include "source/extract.h"
#include "source/pieces.h"
#include "source/plpgsql.h"
#include "source/statements.h"
#include "sql/lexer.h"

namespace source {
namespace {

using sql::Token;
using sql::TokenKind;

// tree-sitter is contained in files.cc, and here not: what is larger may harm it.
constexpr std::size_t largest_body = 60'000;

// `part`, a fragment of a program that `whole` is the text of, as one of the file that `whole` is in. `prefix` stood
// before the program.
void relocate(Fragment& part, const Fragment& whole, std::size_t prefix) {
  for (Run& run : part.runs) {
    const std::size_t at = std::min(run.file - std::min(run.file, prefix), whole.sql.size());
    run.place = whole.place(at);
    run.file = whole.file_offset(at);
  }
  for (Hole& hole : part.holes) hole.place = part.place(hole.begin);
  part.comments.clear();
}

// The byte at a place of a text.
std::size_t offset_of(const Place& place, std::string_view text) {
  std::size_t at = 0;
  for (int line = 1; line < place.line && at < text.size(); ++line)
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return std::min(at + static_cast<std::size_t>(std::max(place.column, 1)) - 1, text.size());
}

// A body in a language for programs; Perl, which is like PHP as far as strings go, is read as such.
void read_program(const Fragment& body, std::string_view language, Extraction& result) {
  std::string_view prefix;
  Language read_as = Language::python;
  if (language.starts_with("plperl")) {
    prefix = "<?php ";
    read_as = Language::php;
  } else if (language.starts_with("plv8")) {
    read_as = Language::javascript;
  } else if (!language.starts_with("plpython")) {
    return;
  }
  if (!may_hold_writes(body.sql)) return;
  if (body.sql.size() > largest_body) {
    result.problems.push_back({"this body holds words of SQL and is larger than 60 kB, so that it was not checked",
                               body.place(0), "part it into several functions"});
    return;
  }
  Extraction found = extract(std::string(prefix) + body.sql, read_as);
  for (Fragment& part : found.fragments) {
    relocate(part, body, prefix.size());
    result.fragments.push_back(std::move(part));
  }
  for (Problem& problem : found.problems) {
    const std::size_t at = offset_of(problem.place, std::string(prefix) + body.sql);
    problem.place = body.place(std::min(at - std::min(at, prefix.size()), body.sql.size()));
    result.problems.push_back(std::move(problem));
  }
}

// What the program around puts into the body, as holes of its own.
void keep_holes(const Fragment& from, const Token& quoted, Fragment& body) {
  if (from.sql[quoted.begin] != '$') return;
  const std::size_t begin = from.sql.find('$', quoted.begin + 1) + 1;
  for (Hole hole : from.holes_within(begin, begin + body.sql.size())) {
    if (hole.end > begin + body.sql.size()) continue;
    hole.begin -= begin;
    hole.end -= begin;
    body.holes.push_back(std::move(hole));
  }
}

}  // namespace

Extraction bodies(const Fragment& fragment, const Statement& statement) {
  Extraction result;
  const std::string_view text = fragment.text(statement);
  sql::Lexer lexer(text);
  std::string before;
  std::string language = "plpgsql";
  std::vector<Token> quoted;
  std::string first;
  for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
       token = lexer.next()) {
    const std::string word = base::lower_case(lexer.text(token));
    if (first.empty()) first = word;
    if (before == "language") language = token.kind == TokenKind::quoted ? word.substr(1, word.size() - 2) : word;
    // DO [LANGUAGE name] '…', and the language may come behind it.
    const bool does = first == "do" && before != "language" && !word.starts_with('"');
    if (token.kind == TokenKind::quoted && (before == "as" || does)) quoted.push_back(token);
    before = word;
  }
  if (first != "do" && first != "create") {
    result.fragments = texts_run_by(fragment, statement);
    return result;
  }
  for (const Token& token : quoted) {
    Pieces pieces;
    const Token content{token.kind, statement.begin + token.begin, statement.begin + token.end};
    copy_content(fragment, content, pieces);
    Fragment body = pieces.take();
    keep_holes(fragment, content, body);
    if (language == "sql") {
      find_statements(body, result.problems);
    } else if (language == "plpgsql") {
      read_plpgsql(body, result);
    } else {
      read_program(body, language, result);
      continue;
    }
    result.fragments.push_back(std::move(body));
  }
  return result;
}

}  // namespace source
