// PL/pgSQL, read far enough to find the SQL in it: segments that a semicolon or a control word ends.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "source/extract.h"
#include "source/pieces.h"
#include "source/statements.h"
#include "sql/lexer.h"

namespace source {
namespace {

using sql::Token;
using sql::TokenKind;

struct Piece {
  Token token;
  std::string word;  // lower case, of words alone
};

template <std::size_t N>
bool is_any(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_sql_verb(std::string_view word) {
  static constexpr std::array<std::string_view, 19> verbs = {
      "select", "insert", "update", "delete",  "merge",   "with",  "values", "truncate", "drop", "alter",
      "create", "copy",   "table",  "comment", "refresh", "grant", "revoke", "lock",     "call"};
  return is_any(word, verbs);
}

// A quoted token's content, copied so that each byte knows its place: '…' with its quotes doubled, or $tag$…$tag$.
void copy_content(const Fragment& from, std::size_t begin, std::size_t end, Pieces& pieces) {
  const std::string_view text = std::string_view(from.sql).substr(begin, end - begin);
  if (text.starts_with('$')) {
    const std::size_t tag = text.find('$', 1) + 1;
    if (text.size() >= 2 * tag) pieces.copy(from, begin + tag, end - tag);
    return;
  }
  std::size_t at = begin + 1;
  while (at < end - 1) {
    std::size_t quote = from.sql.find('\'', at);
    quote = std::min(quote, end - 1);
    pieces.copy(from, at, std::min(quote + 1, end - 1));
    at = quote + 2;  // the second of two
  }
}

class Body {
 public:
  Body(Fragment& body, Extraction& result) : body_(body), result_(result) {}

  void read() {
    sql::Lexer lexer(body_.sql);
    std::size_t depth = 0;
    for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
         token = lexer.next()) {
      Piece piece{token, token.kind == TokenKind::word ? lower(lexer.text(token)) : std::string()};
      if (token.kind == TokenKind::open) ++depth;
      if (token.kind == TokenKind::close && depth > 0) --depth;
      if (token.kind == TokenKind::semicolon && depth == 0) {
        finish();
      } else if (ends_segment(piece.word, depth)) {
        finish();
      } else {
        if (piece.word == "case" && !segment_.empty()) ++cases_;
        if (piece.word == "end" && cases_ > 0) --cases_;
        segment_.push_back(std::move(piece));
      }
    }
    finish();
  }

 private:
  // Control words end what was before them, but not inside a statement of SQL, where CASE has a THEN of its own.
  bool ends_segment(const std::string& word, std::size_t depth) const {
    if (word.empty() || depth > 0 || cases_ > 0) return false;
    const std::string& first = segment_.empty() ? std::string() : segment_.front().word;
    if (is_sql_verb(first) || first == "perform" || first == "execute" || first == "return") return false;
    static constexpr std::array<std::string_view, 7> words = {"begin",   "then",      "else",  "loop",
                                                              "declare", "exception", "atomic"};
    return is_any(word, words);
  }

  std::size_t begin_of(std::size_t index) const { return segment_[index].token.begin; }
  std::size_t end_of_segment() const { return segment_.back().token.end; }

  std::optional<std::size_t> index_of(std::string_view word, std::size_t from = 0) const {
    for (std::size_t i = from; i < segment_.size(); ++i) {
      if (segment_[i].word == word) return i;
    }
    return std::nullopt;
  }

  void finish() {
    cases_ = 0;
    if (!segment_.empty()) read_segment();
    segment_.clear();
  }

  void read_segment() {
    const std::string& first = segment_.front().word;
    if (is_sql_verb(first)) {
      add(0);
    } else if (first == "perform") {
      body_.sql.replace(begin_of(0), 7, "SELECT ");
      add(0);
    } else if (first == "execute") {
      add_dynamic(1);
    } else if (first == "for" || first == "return" || first == "open") {
      read_query_after(first);
    } else if (index_of("setval")) {
      add_expression();
    }
  }

  // FOR r IN SELECT …, RETURN QUERY SELECT …, OPEN c FOR SELECT …, and each with EXECUTE.
  void read_query_after(std::string_view first) {
    if (first == "return" && (segment_.size() < 2 || segment_[1].word != "query")) {
      if (index_of("setval")) add_expression();
      return;
    }
    for (std::size_t i = 1; i < segment_.size(); ++i) {
      if (segment_[i].word == "execute") return add_dynamic(i + 1);
      if (is_sql_verb(segment_[i].word)) return add(i);
    }
  }

  // A statement from the segment's word `from` on, INTO and what it fills blotted out.
  void add(std::size_t from) {
    for (std::size_t i = from + 1; i < segment_.size(); ++i) {
      const std::string& before = segment_[i - 1].word;
      if (segment_[i].word != "into" || before == "insert" || before == "merge") continue;
      std::size_t last = i;
      bool name_comes = true;
      for (std::size_t j = i + 1; j < segment_.size(); ++j) {
        const TokenKind kind = segment_[j].token.kind;
        const std::string_view text =
            std::string_view(body_.sql).substr(begin_of(j), segment_[j].token.end - begin_of(j));
        if (kind == TokenKind::comma || text == ".") {
          name_comes = true;
        } else if (segment_[j].word == "strict") {
          name_comes = true;
        } else if (name_comes && (kind == TokenKind::word || kind == TokenKind::quoted)) {
          name_comes = false;
        } else {
          break;
        }
        last = j;
      }
      for (std::size_t at = begin_of(i); at < segment_[last].token.end; ++at) {
        if (body_.sql[at] != '\n') body_.sql[at] = ' ';
      }
      break;
    }
    body_.statements.push_back(statement_at(body_, begin_of(from), end_of_segment(), nullptr));
  }

  // What calls a function in an expression, as a query of its own.
  void add_expression() {
    const std::size_t call = *index_of("setval");
    Pieces pieces;
    pieces.insert("SELECT ", body_.file_offset(begin_of(call)), body_.place(begin_of(call)));
    std::size_t depth = 0;
    std::size_t last = call;
    for (std::size_t i = call + 1; i < segment_.size(); ++i) {
      if (segment_[i].token.kind == TokenKind::open) ++depth;
      if (segment_[i].token.kind == TokenKind::close && depth > 0 && --depth == 0) {
        last = i;
        break;
      }
    }
    pieces.copy(body_, begin_of(call), segment_[last].token.end);
    add_fragment(pieces);
  }

  void add_fragment(Pieces& pieces) {
    Fragment& fragment = pieces.fragment();
    if (fragment.sql.empty()) return;
    std::vector<Problem> ignored;
    find_statements(fragment, ignored);
    result_.fragments.push_back(pieces.take());
  }

  // The text that EXECUTE runs: its literals joined, what stands between them a hole.
  void add_dynamic(std::size_t from) {
    if (from >= segment_.size()) return;
    Pieces pieces;
    if (segment_[from].word == "format" && from + 2 < segment_.size() &&
        segment_[from + 2].token.kind == TokenKind::quoted) {
      Pieces pattern;
      copy_content(body_, begin_of(from + 2), segment_[from + 2].token.end, pattern);
      fill_format(pattern.fragment(), from + 2, pieces);
    } else {
      join_literals(from, pieces);
    }
    add_fragment(pieces);
  }

  std::string_view text_of(std::size_t index) const {
    return std::string_view(body_.sql).substr(begin_of(index), segment_[index].token.end - begin_of(index));
  }

  void join_literals(std::size_t from, Pieces& pieces) {
    bool filled = false;
    std::size_t depth = 0;
    for (std::size_t i = from; i < segment_.size(); ++i) {
      const TokenKind kind = segment_[i].token.kind;
      if (depth == 0 && (segment_[i].word == "using" || segment_[i].word == "into")) break;
      if (kind == TokenKind::quoted && depth == 0 && !text_of(i).starts_with('"')) {
        copy_content(body_, begin_of(i), segment_[i].token.end, pieces);
        filled = false;
        continue;
      }
      if (kind == TokenKind::open) ++depth;
      if (kind == TokenKind::close && depth > 0) --depth;
      if (depth == 0 && text_of(i) == "||") {
        filled = false;
        continue;
      }
      if (!filled) fill(pieces, i, value_from(i));
      filled = true;
    }
  }

  // The source of the value that begins at a word of the segment, up to the next || outside parentheses.
  std::string value_from(std::size_t index) const {
    std::size_t depth = 0;
    std::size_t end = segment_[index].token.end;
    for (std::size_t i = index; i < segment_.size(); ++i) {
      if (segment_[i].token.kind == TokenKind::open) ++depth;
      if (segment_[i].token.kind == TokenKind::close && depth > 0) --depth;
      if (depth == 0 && (text_of(i) == "||" || segment_[i].word == "using")) break;
      end = segment_[i].token.end;
    }
    return body_.sql.substr(begin_of(index), end - begin_of(index));
  }

  // A hole as a value, or as a name where SQL wants one.
  void fill(Pieces& pieces, std::size_t index, const std::string& source) {
    fill(pieces, body_.file_offset(begin_of(index)), body_.place(begin_of(index)), source, false);
  }

  void fill(Pieces& pieces, std::size_t file, Place place, const std::string& source, bool name) {
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

  static bool wants_name(std::string_view before) {
    if (before.ends_with('"') || before.ends_with('.')) return true;
    sql::Lexer lexer(before);
    std::string last;
    for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::unterminated;
         token = lexer.next()) {
      last = lower(lexer.text(token));
    }
    static constexpr std::array<std::string_view, 8> words = {"from", "into",     "update",   "table",
                                                              "only", "truncate", "sequence", "join"};
    return is_any(last, words);
  }

  // format('… %I … %L', …): %I is a name, %L and %s are values.
  void fill_format(const Fragment& pattern, std::size_t index, Pieces& pieces) {
    const std::string arguments =
        body_.sql.substr(segment_[index].token.end, end_of_segment() - segment_[index].token.end);
    std::size_t at = 0;
    while (at < pattern.sql.size()) {
      const std::size_t percent = std::min(pattern.sql.find('%', at), pattern.sql.size());
      pieces.copy(pattern, at, percent);
      if (percent >= pattern.sql.size()) break;
      std::size_t letter = percent + 1;
      while (letter < pattern.sql.size() &&
             (std::isdigit(static_cast<unsigned char>(pattern.sql[letter])) || pattern.sql[letter] == '$'))
        ++letter;
      const char kind = letter < pattern.sql.size() ? pattern.sql[letter] : '%';
      if (kind == '%') {
        pieces.insert("%", pattern.file_offset(percent), pattern.place(percent));
      } else {
        fill(pieces, pattern.file_offset(percent), pattern.place(percent), arguments, kind == 'I');
      }
      at = letter + 1;
    }
  }

  Fragment& body_;
  Extraction& result_;
  std::vector<Piece> segment_;
  std::size_t cases_ = 0;
  std::size_t holes_ = 0;
};

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
    const std::string word = lower(lexer.text(token));
    if (first.empty()) first = word;
    if (before == "language") language = token.kind == TokenKind::quoted ? word.substr(1, word.size() - 2) : word;
    if (token.kind == TokenKind::quoted &&
        (before == "as" || before == "do" || (first == "do" && word.starts_with('$'))))
      quoted.push_back(token);
    before = word;
  }
  if (first != "do" && first != "create") return result;
  for (const Token& token : quoted) {
    Pieces pieces;
    copy_content(fragment, statement.begin + token.begin, statement.begin + token.end, pieces);
    Fragment body = pieces.take();
    if (language == "sql") {
      std::vector<Problem> ignored;
      find_statements(body, ignored);
    } else if (language == "plpgsql") {
      Body(body, result).read();
    }
    result.fragments.push_back(std::move(body));
  }
  return result;
}

}  // namespace source
