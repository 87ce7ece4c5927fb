#include "lint/routine.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "sql/lexer.h"

namespace lint {
namespace {

using sql::Token;
using sql::TokenKind;

struct Word {
  std::string text;  // lower case; of symbols as they are
  TokenKind kind = TokenKind::end;
};

template <std::size_t N>
bool is_any(const Word& word, const std::array<std::string_view, N>& words) {
  return word.kind == TokenKind::word && std::find(words.begin(), words.end(), word.text) != words.end();
}

bool is(const Word& word, std::string_view text) {
  return word.kind == TokenKind::word && word.text == text;
}

// The body of a dollar quote or of a plain one; empty: it holds no statements.
std::string_view body_of(std::string_view quoted) {
  if (quoted.starts_with('$')) {
    const std::size_t tag = quoted.find('$', 1) + 1;
    return quoted.size() >= 2 * tag ? quoted.substr(tag, quoted.size() - 2 * tag) : std::string_view();
  }
  return quoted.size() > 2 && quoted.front() == '\'' ? quoted.substr(1, quoted.size() - 2) : std::string_view();
}

class Reader {
 public:
  explicit Reader(RoutineNames& names) : names_(names) {}

  void read_parameters(std::string_view statement) {
    sql::Lexer lexer(statement);
    int depth = 0;
    bool first = false;
    for (Token token = lexer.next(); token.kind != TokenKind::end && token.kind != TokenKind::quoted;
         token = lexer.next()) {
      if (token.kind == TokenKind::open) first = ++depth == 1;
      if (token.kind == TokenKind::close && --depth == 0) return;
      if (token.kind == TokenKind::comma && depth == 1) first = true;
      if (token.kind != TokenKind::word || depth != 1 || !first) continue;
      const std::string name = base::lower_case(lexer.text(token));
      static constexpr std::array<std::string_view, 4> modes = {"in", "out", "inout", "variadic"};
      if (std::find(modes.begin(), modes.end(), name) != modes.end()) continue;
      names_.variables.insert(name);
      first = false;
    }
  }

  void read_body(std::string_view body) {
    sql::Lexer lexer(body);
    std::vector<Word> segment;
    bool declaring = false;
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
      Word word{base::lower_case(lexer.text(token)), token.kind};
      static constexpr std::array<std::string_view, 5> ends = {"begin", "then", "loop", "else", "declare"};
      const bool ends_segment = is_any(word, ends);
      if (token.kind == TokenKind::semicolon || ends_segment) {
        read_segment(segment, declaring);
        segment.clear();
        if (is(word, "declare")) declaring = true;
        if (is(word, "begin")) declaring = false;
        continue;
      }
      segment.push_back(std::move(word));
    }
    read_segment(segment, false);
  }

 private:
  bool reads_rows(const std::vector<Word>& segment) const {
    static constexpr std::array<std::string_view, 6> words = {"max", "min", "count", "from", "returning", "select"};
    const bool dynamic = !segment.empty() && is(segment.front(), "execute");
    return std::any_of(segment.begin(), segment.end(), [&](const Word& word) {
      // EXECUTE 'SELECT max(id) …' INTO n
      if (dynamic && word.kind == TokenKind::quoted) {
        static constexpr std::array<std::string_view, 4> read = {"max(", "min(", "count(", "from "};
        return std::any_of(read.begin(), read.end(),
                           [&](auto lower) { return word.text.find(lower) != std::string::npos; });
      }
      return is_any(word, words) || (word.kind == TokenKind::word && names_.computed.contains(word.text));
    });
  }

  void read_segment(const std::vector<Word>& segment, bool declaring) {
    if (segment.empty()) return;
    if (declaring) names_.variables.insert(segment.front().text);
    for (std::size_t i = 0; i + 1 < segment.size(); ++i) {
      if (is(segment[i], "for") && segment[i + 1].kind == TokenKind::word) names_.variables.insert(segment[i + 1].text);
    }
    // A name may be a record's field: what was computed is then known by the record's name or the field's.
    const auto assignment = std::find_if(segment.begin(), segment.end(),
                                         [](const Word& word) { return word.text == ":=" || word.text == "="; });
    if (assignment != segment.end() && assignment != segment.begin() && assignment - segment.begin() <= 3 &&
        segment.front().kind == TokenKind::word) {
      const std::vector<Word> value(assignment, segment.end());
      if ((assignment->text == ":=" || declaring) && reads_rows(value)) names_.computed.insert(segment.front().text);
    }
    const auto into = std::find_if(segment.begin(), segment.end(), [](const Word& word) { return is(word, "into"); });
    const bool inserts = into != segment.begin() && into != segment.end() && is(*(into - 1), "insert");
    if (into == segment.end() || inserts || !reads_rows(segment)) return;
    for (auto word = into + 1; word != segment.end(); ++word) {
      if (is(*word, "strict")) continue;
      if (word->kind == TokenKind::word) names_.computed.insert(word->text);
      if (word + 1 == segment.end() || (word + 1)->kind != TokenKind::comma) break;
      ++word;
    }
  }

  RoutineNames& names_;
};

}  // namespace

RoutineNames names_of(std::string_view statement) {
  RoutineNames names;
  Reader reader(names);
  reader.read_parameters(statement);
  sql::Lexer lexer(statement);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (token.kind == TokenKind::quoted) reader.read_body(body_of(lexer.text(token)));
  }
  return names;
}

}  // namespace lint
