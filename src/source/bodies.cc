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
    if (token.kind == TokenKind::quoted &&
        (before == "as" || before == "do" || (first == "do" && word.starts_with('$'))))
      quoted.push_back(token);
    before = word;
  }
  if (first != "do" && first != "create") {
    result.fragments = texts_run_by(fragment, statement);
    return result;
  }
  for (const Token& token : quoted) {
    Pieces pieces;
    copy_content(fragment, {token.kind, statement.begin + token.begin, statement.begin + token.end}, pieces);
    Fragment body = pieces.take();
    if (language == "sql") {
      std::vector<Problem> ignored;
      find_statements(body, ignored);
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
