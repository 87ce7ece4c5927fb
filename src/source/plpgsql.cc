#include "source/plpgsql.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "source/dynamic.h"
#include "source/extract.h"
#include "source/pieces.h"
#include "source/prose.h"
#include "source/statements.h"
#include "sql/lexer.h"

namespace source {
namespace {

using sql::Token;
using sql::TokenKind;

template <std::size_t N>
bool is_any(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_sql_verb(std::string_view word) {
  static constexpr std::array<std::string_view, 20> verbs = {
      "select", "insert", "update", "delete",  "merge",   "with",  "values", "truncate", "drop", "alter",
      "create", "copy",   "table",  "comment", "refresh", "grant", "revoke", "lock",     "call", "do"};
  return is_any(word, verbs);
}

constexpr std::size_t most_lexemes = 2'000;  // of a text that was put together
constexpr std::size_t most_ways = 4;
constexpr std::size_t most_fetched = 50;
constexpr std::size_t longest_declaration = 6;  // words before its sign

class Body {
 public:
  Body(Fragment& body, Extraction& result) : body_(body), result_(result) {}

  void read() {
    sql::Lexer lexer(body_.sql);
    std::size_t depth = 0;
    Token token = lexer.next();
    for (; token.kind != TokenKind::end && token.kind != TokenKind::unterminated; token = lexer.next()) {
      Lexeme piece{token, token.kind == TokenKind::word ? base::lower_case(lexer.text(token)) : std::string()};
      if (token.kind == TokenKind::open) ++depth;
      if (token.kind == TokenKind::close && depth > 0) --depth;
      if (token.kind == TokenKind::semicolon && depth == 0) {
        finish();
      } else if (ends_segment(piece.word, depth)) {
        const bool closes = !segment_.empty() && segment_.front().word == "end";
        finish();
        if (piece.word == "loop") closes ? close_loop(token.begin) : open_loop(token.end);
      } else {
        if (piece.word == "case" && !segment_.empty()) ++cases_;
        if (piece.word == "end" && cases_ > 0) --cases_;
        segment_.push_back(std::move(piece));
      }
    }
    finish();
    while (!open_.empty()) close_loop(body_.sql.size());
    std::move(fetched_.begin(), fetched_.end(), std::back_inserter(body_.loops));
    if (token.kind == TokenKind::unterminated && may_hold_writes(std::string_view(body_.sql).substr(token.begin)))
      result_.problems.push_back({never_closed, body_.place(token.begin)});
  }

 private:
  using Loops = std::vector<Fragment::Loop>;
  struct OpenLoop {
    std::size_t begin = 0;
    Loops names;  // what they mean in it
  };

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
    // <<label>> FOR …
    if (segment_.size() > 3 && text_of(0) == "<<" && text_of(2) == ">>")
      segment_.erase(segment_.begin(), segment_.begin() + 3);
    const std::string& first = segment_.front().word;
    if (is_sql_verb(first)) {
      add(0);
    } else if (first == "perform") {
      body_.sql.replace(begin_of(0), 7, "SELECT ");
      add(0);
    } else if (first == "execute") {
      add_dynamic(1);
    } else if (first == "for" || first == "return" || first == "open") {
      if (first == "for") read_loop();
      if (first == "open") read_opening();
      read_query_after(first);
    } else if (first == "fetch") {
      read_fetch();
    } else {
      read_assignment();
      if (index_of("setval")) add_expression();
      look_for_strays();
    }
  }

  // BEGN DELETE FROM users: behind words that mean nothing stands a statement.
  void look_for_strays() {
    static constexpr std::array<std::string_view, 5> verbs = {"delete", "insert", "update", "truncate", "merge"};
    std::size_t depth = 0;
    for (std::size_t i = 0; i < segment_.size(); ++i) {
      if (segment_[i].token.kind == TokenKind::open) ++depth;
      if (segment_[i].token.kind == TokenKind::close && depth > 0) --depth;
      if (i == 0 || depth > 0 || !is_any(segment_[i].word, verbs)) continue;
      const std::string_view text = std::string_view(body_.sql).substr(begin_of(i), end_of_segment() - begin_of(i));
      if (likeness(text) == Likeness::none) continue;
      result_.problems.push_back(
          {"this is no PL/pgSQL: a statement begins behind words that mean nothing", body_.place(begin_of(i))});
      return;
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
        if (kind == TokenKind::comma || text_of(j) == ".") {
          name_comes = true;
        } else if (segment_[j].word == "strict") {
          name_comes = true;
        } else if (name_comes && (kind == TokenKind::word || kind == TokenKind::quoted)) {
          name_comes = false;
        } else if (text_of(j).starts_with('[')) {
          j = last_of_subscript(j);
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
    Problem error;
    const Statement statement = statement_at(body_, begin_of(from), end_of_segment(), &error);
    // What is wrong in a statement that writes nothing is not our business.
    if (!statement.parses && any(statement.words, writing)) result_.problems.push_back(std::move(error));
    body_.statements.push_back(statement);
  }

  // The word with the bracket that closes the one at `open`: INTO ids[1].
  std::size_t last_of_subscript(std::size_t open) const {
    std::ptrdiff_t depth = 0;
    for (std::size_t i = open; i < segment_.size(); ++i) {
      const std::string_view text = text_of(i);
      depth += std::count(text.begin(), text.end(), '[') - std::count(text.begin(), text.end(), ']');
      if (depth <= 0) return i;
    }
    return segment_.size() - 1;
  }

  // What calls a function in an expression, as a query of its own.
  void add_expression() {
    const std::size_t call = *index_of("setval");
    Pieces pieces;
    pieces.insert("SELECT ", body_.file_offset(begin_of(call)), body_.place(begin_of(call)));
    const bool calls = call + 1 < segment_.size() && segment_[call + 1].token.kind == TokenKind::open;
    const std::size_t behind = calls ? behind_parenthesis(segment_, call + 1) : call + 1;
    pieces.copy(body_, begin_of(call), segment_[behind - 1].token.end);
    add_fragment(pieces.take(), {});
  }

  std::string_view text_of(std::size_t index) const {
    return std::string_view(body_.sql).substr(begin_of(index), segment_[index].token.end - begin_of(index));
  }

  // `given`: what USING puts in the place of $1, $2, …
  void add_fragment(Fragment&& fragment, const std::vector<Lexemes>& given, bool complete = false) {
    if (fragment.sql.empty()) return;
    std::vector<Problem> problems;
    find_statements(fragment, problems);
    if (complete) std::move(problems.begin(), problems.end(), std::back_inserter(result_.problems));
    for (const OpenLoop& open : open_) {
      for (Fragment::Loop loop : open.names) {
        loop.begin = 0;
        loop.end = fragment.sql.size();
        fragment.loops.push_back(loop);
        for (std::size_t i = 0; i < given.size(); ++i) {
          if (given[i].empty() || given[i][0].word != loop.variable) continue;
          loop.variable = "$" + std::to_string(i + 1);
          fragment.loops.push_back(loop);
        }
      }
    }
    result_.fragments.push_back(std::move(fragment));
  }

  // The text that EXECUTE runs, with what the variables in it were assigned before.
  void add_dynamic(std::size_t from) {
    if (from >= segment_.size()) return;
    const Lexemes expression = Lexemes(segment_).subspan(from);
    std::size_t ways = 1;
    for (const Lexeme& lexeme : expression) {
      const auto known = texts_.find(lexeme.word);
      if (known == texts_.end()) continue;
      ways = std::max(ways, known->second.ways.size());
      known->second.executed = true;
    }
    const std::set<std::string, std::less<>> kept = loop_variables();
    const auto used = index_of("using", from);
    const std::vector<Lexemes> given =
        used ? arguments_of(Lexemes(segment_).subspan(*used + 1)) : std::vector<Lexemes>();
    // What is put together may look wrong in the ways that nothing takes.
    const bool literal = expression[0].token.kind == TokenKind::quoted && (expression.size() == 1 || used == from + 1);
    for (std::size_t way = 0; way < ways; ++way) {
      add_fragment(DynamicText(body_, kept).read(expanded(expression, way)), given, literal);
    }
  }

  std::set<std::string, std::less<>> loop_variables() const {
    std::set<std::string, std::less<>> names;
    for (const OpenLoop& open : open_) {
      for (const Fragment::Loop& loop : open.names) names.insert(loop.variable);
    }
    return names;
  }

  // Variables by what they hold, in one of the ways that they may.
  std::vector<Lexeme> expanded(Lexemes expression, std::size_t way) const {
    std::vector<Lexeme> result;
    for (std::size_t i = 0; i < expression.size(); ++i) {
      const auto known = texts_.find(expression[i].word);
      const bool calls = i + 1 < expression.size() && expression[i + 1].token.kind == TokenKind::open;
      if (known == texts_.end() || calls || result.size() > most_lexemes) {
        result.push_back(expression[i]);
        continue;
      }
      const auto& value = known->second.ways[std::min(way, known->second.ways.size() - 1)];
      result.insert(result.end(), value.begin(), value.end());
    }
    return result;
  }

  // c CURSOR FOR SELECT …, q := '…', q text := '…' and q text DEFAULT '…'; i := i + 1 in a loop counts.
  void read_assignment() {
    if (segment_[0].word.empty()) return;
    const auto cursor = index_of("cursor");
    const auto query = cursor ? index_of("for", *cursor) : std::nullopt;
    if (query && *query + 1 < segment_.size()) {
      return add_cursor(segment_[0].word, text_from(*query + 1));
    }
    std::size_t sign = 1;
    while (sign < segment_.size() && sign < longest_declaration && text_of(sign) != ":=" && text_of(sign) != "=" &&
           segment_[sign].word != "default") {
      ++sign;
    }
    if (sign + 1 >= segment_.size() || sign == longest_declaration) return;
    const std::string& name = segment_[0].word;
    const Lexemes value = Lexemes(segment_).subspan(sign + 1);
    const bool itself = value[0].word == name;
    if (itself && value.size() > 2 && !open_.empty() &&
        std::string_view("+-").find(text_of(sign + 2)[0]) != std::string_view::npos) {
      open_.back().names.push_back({.variable = name, .begin = open_.back().begin});
      return;
    }
    const bool says = std::any_of(value.begin(), value.end(), [&](const Lexeme& lexeme) {
      return lexeme.token.kind == TokenKind::quoted || texts_.contains(lexeme.word);
    });
    if (!says) {
      texts_.erase(name);
      return;
    }
    std::vector<std::vector<Lexeme>> ways;
    const auto known = texts_.find(name);
    if (itself && known != texts_.end()) {
      for (std::size_t way = 0; way < known->second.ways.size(); ++way) ways.push_back(expanded(value, way));
    } else {
      // Without a run between them, both are on branches.
      if (known != texts_.end() && !known->second.executed) ways = known->second.ways;
      if (ways.size() == most_ways) ways.erase(ways.begin());
      ways.push_back(expanded(value, 0));
    }
    texts_[name] = {.ways = std::move(ways), .executed = false};
  }

  // FOR i IN 1..9, FOR r IN SELECT …: what the names mean while the loop runs.
  void read_loop() {
    const auto in = index_of("in");
    if (!in || *in + 1 >= segment_.size()) return;
    Fragment::Loop loop;
    std::size_t counted = *in + 1;
    while (counted < segment_.size() && text_of(counted).find("..") == std::string_view::npos) ++counted;
    const std::string& first = segment_[*in + 1].word;
    static constexpr std::array<std::string_view, 3> queries = {"select", "with", "values"};
    if (is_any(first, queries)) {
      loop.query = text_from(*in + 1);
    } else if (first == "execute") {
      loop.query = dynamic_text(*in + 2);
      if (loop.query.empty()) return;
    } else if (const auto cursor = cursors_.find(first); cursor != cursors_.end()) {
      loop.query = cursor->second;
    } else if (counted == segment_.size()) {
      return;
    }
    for (std::size_t i = 1; i < *in; ++i) {
      if (segment_[i].word.empty()) continue;
      loop.variable = segment_[i].word;
      announced_.push_back(loop);
      ++loop.column;
    }
  }

  std::string text_from(std::size_t index) const {
    return body_.sql.substr(begin_of(index), end_of_segment() - begin_of(index));
  }

  std::string dynamic_text(std::size_t from) const {
    return DynamicText(body_, {}).read(expanded(Lexemes(segment_).subspan(from), 0)).sql;
  }

  // What WHERE CURRENT OF means by it, from here on.
  void add_cursor(const std::string& name, std::string query) {
    note_fetched({.variable = name, .query = query, .begin = end_of_segment(), .end = body_.sql.size()});
    cursors_[name] = std::move(query);
  }

  void note_fetched(const Fragment::Loop& row) {
    if (fetched_.size() < most_fetched) fetched_.push_back(row);
  }

  // OPEN c FOR SELECT …
  void read_opening() {
    const auto query = index_of("for");
    if (!query || *query + 1 >= segment_.size()) return;
    const std::string text = segment_[*query + 1].word == "execute" ? dynamic_text(*query + 2) : text_from(*query + 1);
    if (!text.empty()) add_cursor(segment_[1].word, text);
  }

  // FETCH [NEXT FROM] c INTO r: a row after the other.
  void read_fetch() {
    const auto into = index_of("into");
    const auto cursor = into && *into > 1 ? cursors_.find(segment_[*into - 1].word) : cursors_.end();
    if (cursor == cursors_.end()) return;
    Fragment::Loop row{.query = cursor->second, .begin = end_of_segment(), .end = body_.sql.size()};
    for (std::size_t i = *into + 1; i < segment_.size(); ++i) {
      if (segment_[i].word.empty()) continue;
      row.variable = segment_[i].word;
      note_fetched(row);
      ++row.column;
    }
  }

  void open_loop(std::size_t at) {
    for (Fragment::Loop& loop : announced_) loop.begin = at;
    open_.push_back({.begin = at, .names = std::exchange(announced_, {})});
  }

  void close_loop(std::size_t at) {
    if (open_.empty()) return;
    for (Fragment::Loop& loop : open_.back().names) {
      loop.end = at;
      body_.loops.push_back(std::move(loop));
    }
    open_.pop_back();
  }

  Fragment& body_;
  Extraction& result_;
  std::vector<Lexeme> segment_;
  std::size_t cases_ = 0;

  struct Held {
    std::vector<std::vector<Lexeme>> ways;
    bool executed = false;
  };
  std::map<std::string, Held, std::less<>> texts_;  // of variables
  std::map<std::string, std::string, std::less<>> cursors_;
  Loops fetched_;    // by cursors, and these themselves
  Loops announced_;  // by the FOR that was read last
  std::vector<OpenLoop> open_;
};

}  // namespace

void read_plpgsql(Fragment& body, Extraction& result) {
  Body(body, result).read();
}

}  // namespace source
