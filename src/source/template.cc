#include "source/template.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "source/counters.h"
#include "source/pieces.h"
#include "source/prose.h"
#include "source/refill.h"
#include "sql/lexer.h"
#include "sql/parse_tree.h"

namespace source {
namespace {

constexpr std::size_t most_attempts = 60;
constexpr std::size_t longest_template = std::size_t{1} << 20;

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

using Kind = Hole::Kind;

// A stretch of the literal's text that something else will stand for.
struct Mark {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string source;
  bool may_stay = false;  // "?" may be an operator
  bool follows_name = false;
  std::vector<Kind> kinds;  // to be tried in this order; `may_stay`: then as it stands
  std::size_t choice = 0;
};

// Finds holes and placeholders outside and inside of SQL's quotes.
class Scanner {
 public:
  explicit Scanner(const Literal& literal) : literal_(literal), text_(literal.text.sql) {}

  std::vector<Mark> scan() {
    while (at_ < text_.size()) step();
    return std::move(marks_);
  }

 private:
  bool at(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  char before() const { return at_ > 0 ? text_[at_ - 1] : '\0'; }

  void step() {
    if (text_[at_] == hole_mark) return mark(1, next_hole());
    if (text_[at_] == gap_mark) return gap();
    if (at("--")) return comment(text_.find('\n', at_));
    if (at("/*")) return comment(text_.find("*/", at_ + 2));
    if (text_[at_] == '\'' || text_[at_] == '"') return quoted();
    if (text_[at_] == '[') ++brackets_;
    if (text_[at_] == ']' && brackets_ > 0) --brackets_;
    const std::size_t length = placeholder();
    if (length > 0) return mark(length, std::string(text_.substr(at_, length)));
    if (in_word(text_[at_])) {
      while (at_ < text_.size() && in_word(text_[at_])) ++at_;
    } else {
      ++at_;
    }
  }

  std::string next_hole() { return hole_ < literal_.holes.size() ? literal_.holes[hole_++] : std::string(); }

  void comment(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] == hole_mark) inside(1);
    }
  }

  void inside(std::size_t length) {
    marks_.push_back({at_, at_ + length, next_hole(), false, false, {Kind::inside}, 0});
  }

  void gap() {
    marks_.push_back({at_, at_ + 1, {}, false, false, {Kind::clause}, 0});
    ++at_;
  }

  void quoted() {
    const char quote = text_[at_++];
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == hole_mark) inside(1);
    }
    ++at_;
  }

  std::size_t until(char close) const {
    const std::size_t end = text_.find_first_of(std::string("\n;'") + close, at_ + 1);
    return end != std::string_view::npos && text_[end] == close ? end + 1 - at_ : 0;
  }

  std::size_t name_length(std::size_t from) const {
    std::size_t end = at_ + from;
    while (end < text_.size() && (in_word(text_[end]))) ++end;
    return end - at_ - from;
  }

  std::size_t placeholder() const {
    switch (text_[at_]) {
      case '%':
        return percent();
      case '{':
        return peek(1) == '{' ? doubled() : until('}');
      case '#':
        return peek(1) == '{' ? until('}') : 0;
      case '$':
        if (peek(1) == '{') return until('}');
        if (std::isalpha(static_cast<unsigned char>(peek(1))) == 0 && peek(1) != '_') return 0;
        return text_[std::min(at_ + 1 + name_length(1), text_.size() - 1)] == '$' ? 0 : 1 + name_length(1);
      case ':':
        if (before() == ':' || peek(1) == ':' || brackets_ > 0) return 0;
        if (peek(1) == '\'' || peek(1) == '"') return quoted_variable();
        return name_length(1) == 0 ? 0 : 1 + name_length(1);
      case '@':
        return name_length(1) > 0 && !std::ispunct(static_cast<unsigned char>(before())) ? 1 + name_length(1) : 0;
      case '?':
        if (peek(1) == '|' || peek(1) == '&' || peek(1) == '?' || before() == '?' || before() == '@') return 0;
        return 1 + digits(1);  // JPA numbers them: ?1
      default:
        return 0;
    }
  }

  std::size_t digits(std::size_t from) const {
    std::size_t length = 0;
    while (std::isdigit(static_cast<unsigned char>(peek(from + length))) != 0) ++length;
    return length;
  }

  // :'name' and :"name" of psql.
  std::size_t quoted_variable() const {
    std::size_t end = at_ + 2;
    while (end < text_.size() && in_word(text_[end])) ++end;
    return end > at_ + 2 && end < text_.size() && text_[end] == text_[at_ + 1] ? end + 1 - at_ : 0;
  }

  std::size_t doubled() const {
    const std::size_t end = text_.find("}}", at_);
    return end == std::string_view::npos ? 0 : end + 2 - at_;
  }

  // %s, %d, %v, %L, %(name)s, %1$s
  std::size_t percent() const {
    std::size_t length = 1;
    if (peek(1) == '(') {
      const std::size_t close = text_.find(')', at_);
      if (close == std::string_view::npos) return 0;
      length = close + 1 - at_;
    } else {
      while (std::isdigit(static_cast<unsigned char>(peek(length))) != 0 || peek(length) == '$' || peek(length) == 'l')
        ++length;
    }
    constexpr std::string_view verbs = "sdiuvqfxILbt";
    const bool is_verb = peek(length) != '\0' && verbs.find(peek(length)) != std::string_view::npos;
    return is_verb && (peek(1) == '(' || !in_word(peek(length + 1))) ? length + 1 : 0;
  }

  // True where a number is complete before the hole, or the hole is the last thing: "… WHERE id = 5" + tail.
  bool ends_token(std::size_t length) const {
    std::size_t begin = at_;
    while (begin > 0 && in_word(text_[begin - 1])) --begin;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.empty() || in_word(peek(length)) || peek(length) == '.') return false;
    const bool number = std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    const bool last = text_.find_first_not_of(" \t\r\n;", at_ + length) == std::string_view::npos;
    return number || (last && text_[at_] == hole_mark && word.back() != '_');
  }

  // Where the word before ends, across blanks; at_ where there are none, or no word.
  std::size_t end_of_word_before() const {
    std::size_t end = at_;
    while (end > 0 && std::isspace(static_cast<unsigned char>(text_[end - 1])) != 0) --end;
    return end == 0 ? at_ : end;
  }

  // RESTART {n}, which would parse without a number, too.
  bool wants_number() const {
    const std::size_t end = end_of_word_before();
    std::size_t begin = end;
    while (begin > 0 && in_word(text_[begin - 1])) --begin;
    return end != at_ && sql::is_word(text_.substr(begin, end - begin), "restart");
  }

  // True where the word before, across blanks, is a name, a number or a parenthesis, and no keyword that wants a name.
  bool follows_name() const {
    const std::size_t end = end_of_word_before();
    if (end == at_) return false;
    if (text_[end - 1] == ')' || text_[end - 1] == '"' || text_[end - 1] == '\'') return true;
    std::size_t begin = end;
    while (begin > 0 && in_word(text_[begin - 1])) --begin;
    if (begin == end) return text_[end - 1] == hole_mark || text_[end - 1] == '}';
    static constexpr std::array<std::string_view, 24> wanting = {
        "from",  "into", "update", "join",   "table", "only",     "as",     "set",
        "where", "and",  "or",     "by",     "on",    "truncate", "exists", "sequence",
        "index", "view", "schema", "select", "using", "values",   "not",    "returning"};
    const std::string_view word = text_.substr(begin, end - begin);
    return std::none_of(wanting.begin(), wanting.end(), [&](auto keyword) { return sql::is_word(word, keyword); });
  }

  void mark(std::size_t length, std::string source) {
    Mark mark;
    // $%d, $${n}: a parameter whose number is put in.
    const bool numbered =
        before() == '$' && (at_ < 2 || !in_word(text_[at_ - 2])) && (marks_.empty() || marks_.back().end < at_);
    mark.begin = numbered ? at_ - 1 : at_;
    mark.end = at_ + length;
    mark.source = std::move(source);
    mark.may_stay = mark.source == "?" && text_[at_] == '?';
    mark.follows_name = follows_name();
    const bool glued =
        (in_word(before()) && at_ > 0) || in_word(peek(length)) || peek(length) == '.' || before() == '.';
    if (glued && ends_token(length)) {
      mark.kinds = {Kind::clause, Kind::identifier};
    } else if (glued) {
      mark.kinds = {Kind::identifier, Kind::clause};
    } else if (mark.may_stay) {
      mark.kinds = {Kind::parameter};
    } else if (wants_number()) {
      mark.kinds = {Kind::number, Kind::clause};
    } else if (mark.follows_name) {
      mark.kinds = {Kind::parameter, Kind::clause, Kind::identifier, Kind::assignment,
                    Kind::row,       Kind::query,  Kind::number};
    } else {
      mark.kinds = {Kind::parameter, Kind::identifier, Kind::assignment, Kind::row, Kind::clause, Kind::number};
    }
    marks_.push_back(std::move(mark));
    at_ += length;
  }

  const Literal& literal_;
  std::string_view text_;
  std::vector<Mark> marks_;
  std::size_t at_ = 0;
  std::size_t hole_ = 0;
  std::size_t brackets_ = 0;
};

// The highest n of the $n that the text has itself.
std::size_t highest_parameter(std::string_view text) {
  std::size_t highest = 0;
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    std::size_t number = 0;
    for (std::size_t i = at + 1;
         i < text.size() && i < at + 5 && std::isdigit(static_cast<unsigned char>(text[i])) != 0; ++i)
      number = number * 10 + static_cast<std::size_t>(text[i] - '0');
    highest = std::max(highest, number);
  }
  return highest;
}

std::string filling(Kind kind, std::size_t number) {
  switch (kind) {
    case Kind::parameter:
      return fmt::format("${}", number);
    case Kind::assignment:
      return fmt::format("hole_{0} = ${0}", number);
    case Kind::row:
      return fmt::format("(${})", number);
    case Kind::query:
      return fmt::format("SELECT ${}", number);
    case Kind::identifier:
    case Kind::inside:
      return fmt::format("hole_{}", number);
    case Kind::number:
      return fmt::format("{}", number);
    case Kind::clause:
      break;
  }
  return "";
}

Fragment render(const Literal& literal, const std::vector<Mark>& marks, std::size_t first_number) {
  Pieces pieces;
  std::vector<Hole> holes;
  std::size_t at = 0;
  std::size_t number = first_number;
  for (const Mark& mark : marks) {
    if (mark.choice >= mark.kinds.size()) continue;  // stays as it is
    pieces.copy(literal.text, at, mark.begin);
    const Kind kind = mark.kinds[mark.choice];
    const std::size_t begin = pieces.size();
    const Place place = literal.text.place(mark.begin);
    pieces.insert(filling(kind, number++), literal.text.file_offset(mark.begin), place);
    holes.push_back({kind, begin, pieces.size(), mark.source, place});
    at = mark.end;
  }
  pieces.copy(literal.text, at, literal.text.sql.size());
  Fragment fragment = pieces.take();
  fragment.holes = std::move(holes);
  fragment.language = literal.text.language;
  fragment.comments = literal.text.comments;
  return fragment;
}

// The last mark at or before `error`, which the parser stumbled over: it is to be filled otherwise. False: there is no
// other way.
bool change(std::vector<Mark>& marks, const Fragment& fragment, std::size_t error) {
  std::size_t hole = 0;
  Mark* last = nullptr;
  for (Mark& mark : marks) {
    if (mark.choice >= mark.kinds.size()) continue;
    if (hole < fragment.holes.size() && fragment.holes[hole].begin > error) break;
    ++hole;
    if (mark.choice + 1 < mark.kinds.size() + (mark.may_stay ? 1U : 0U)) last = &mark;
  }
  if (!last) return false;
  ++last->choice;
  return true;
}

}  // namespace

std::optional<Fragment> sql_in(const Literal& literal, std::vector<Problem>& problems) {
  const std::string& text = literal.text.sql;
  if (text.size() < 6 || text.find('\0') != std::string::npos) return std::nullopt;
  const Likeness like = likeness(text);
  if (like == Likeness::none) return std::nullopt;
  if (text.size() > longest_template) {
    problems.push_back({"this string looks like SQL and is larger than 1 MiB, so that it was not checked",
                        literal.text.place(0), "keep it in a .sql file"});
    return std::nullopt;
  }
  std::vector<Mark> marks = Scanner(literal).scan();
  const std::size_t first_number = highest_parameter(text) + 1;
  Fragment fragment = render(literal, marks, first_number);
  auto error = sql::syntax_error(fragment.sql);
  const std::string why = error ? complaint(fragment, 0, *error) : std::string();
  for (std::size_t attempt = 0; error && attempt < most_attempts && change(marks, fragment, error->at); ++attempt) {
    fragment = render(literal, marks, first_number);
    error = sql::syntax_error(fragment.sql);
  }
  if (!error) {
    name_parameters(fragment, literal.use);
    return fragment;
  }
  const bool certain = like == Likeness::certain && !is_only_words(text);
  if (certain || (literal.use.runs && is_loud_write(text))) {
    problems.push_back(
        {"this looks like SQL and cannot be parsed: " + why, fragment.place(std::min(error->at, fragment.sql.size()))});
  }
  return std::nullopt;
}

}  // namespace source
