#include "sql/script.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace sql {

namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_identifier(char c) {
  return starts_identifier(c) || is_digit(c) || c == '$';
}

bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

// What the words of a statement at its outer level say about where it ends: psql's own heuristic for function bodies
// (psqlscan.l), and COPY … FROM STDIN.
class Words {
 public:
  void add(std::string_view word, int parentheses) {
    if (count_ == 0) copies_ = same_word(word, "copy");
    if (count_ < first_.size()) first_[count_] = word;
    ++count_;
    if (parentheses > 0) return;
    if (copies_ && same_word(word, "stdin") && same_word(last_, "from")) from_stdin_ = true;
    last_ = word;
    if (!makes_routine()) return;
    if (same_word(word, "begin")) {
      ++depth_;
    } else if (same_word(word, "case") && depth_ > 0) {
      ++depth_;
    } else if (same_word(word, "end") && depth_ > 0) {
      --depth_;
    }
  }
  bool in_body() const { return depth_ > 0; }
  bool copies_from_stdin() const { return from_stdin_; }

 private:
  bool makes_routine() const {
    const auto routine = [](std::string_view word) {
      return same_word(word, "function") || same_word(word, "procedure");
    };
    if (!same_word(first_[0], "create")) return false;
    return routine(first_[1]) || (same_word(first_[1], "or") && same_word(first_[2], "replace") && routine(first_[3]));
  }

  std::array<std::string_view, 4> first_;
  std::size_t count_ = 0;
  std::string_view last_;
  int depth_ = 0;
  bool copies_ = false;
  bool from_stdin_ = false;
};

}  // namespace

// Moves over one statement's text. Every skip_ function begins at what it skips and returns where that ends.
class Scanner {
 public:
  Scanner(std::string_view script, const std::string& file, std::size_t at, int line)
      : script_(script), file_(file), at_(at), line_(line), line_at_(at) {}

  std::optional<Statement> next();
  std::size_t at() const { return at_; }
  int line() { return line_at(at_); }

 private:
  [[noreturn]] void fail(std::size_t where, const std::string& message, const std::string& hint) {
    throw base::Error(base::Code::input, fmt::format("{}:{}: {}", file_, line_at(where), message), hint);
  }
  // Lines are counted once: `where` never goes back beyond the last answer.
  int line_at(std::size_t where) {
    if (where > line_at_) {
      line_ += static_cast<int>(std::count(script_.begin() + static_cast<std::ptrdiff_t>(line_at_),
                                           script_.begin() + static_cast<std::ptrdiff_t>(where), '\n'));
      line_at_ = where;
    }
    return line_;
  }
  char peek(std::size_t ahead) const { return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0'; }
  void open_at(std::size_t where, const char* what) {
    fail(where, fmt::format("{} is never closed", what), "nothing was run");
  }

  bool skip_space_and_comments();
  void skip_line_comment();
  void skip_block_comment();
  void skip_quoted(char quote, bool backslashes, const char* what);
  void skip_dollar();
  void skip_identifier(Words& words, int parentheses);
  [[noreturn]] void meta_command();
  std::string_view take_copy_data();

  std::string_view script_;
  const std::string& file_;
  std::size_t at_;
  int line_;
  std::size_t line_at_;
};

void Scanner::skip_line_comment() {
  const std::size_t end = script_.find('\n', at_);
  at_ = end == std::string_view::npos ? script_.size() : end;
}

void Scanner::skip_block_comment() {
  const std::size_t begin = at_;
  int depth = 0;
  do {
    if (peek(0) == '/' && peek(1) == '*') {
      ++depth;
      at_ += 2;
    } else if (peek(0) == '*' && peek(1) == '/') {
      --depth;
      at_ += 2;
    } else if (at_ >= script_.size()) {
      open_at(begin, "a comment");
    } else {
      ++at_;
    }
  } while (depth > 0);
}

void Scanner::skip_quoted(char quote, bool backslashes, const char* what) {
  const std::size_t begin = at_++;
  while (true) {
    const std::size_t end = backslashes ? script_.find_first_of("'\\", at_) : script_.find(quote, at_);
    if (end == std::string_view::npos || end + 1 > script_.size()) open_at(begin, what);
    at_ = end + 1;
    if (script_[end] == '\\') {
      ++at_;
    } else if (peek(0) == quote) {
      ++at_;
    } else {
      return;
    }
    if (at_ > script_.size()) open_at(begin, what);
  }
}

// $tag$ … $tag$, or $1, or a lone dollar.
void Scanner::skip_dollar() {
  const std::size_t begin = at_++;
  if (!starts_identifier(peek(0)) && peek(0) != '$') return;
  std::size_t end = at_;
  while (end < script_.size() && (starts_identifier(script_[end]) || is_digit(script_[end]))) ++end;
  if (end >= script_.size() || script_[end] != '$') return;
  const std::string_view tag = script_.substr(begin, end + 1 - begin);
  const std::size_t close = script_.find(tag, end + 1);
  if (close == std::string_view::npos) open_at(begin, "a dollar quote");
  at_ = close + tag.size();
}

void Scanner::skip_identifier(Words& words, int parentheses) {
  const std::size_t begin = at_;
  while (at_ < script_.size() && continues_identifier(script_[at_])) ++at_;
  const std::string_view word = script_.substr(begin, at_ - begin);
  if (peek(0) == '\'' && same_word(word, "e")) {
    skip_quoted('\'', true, "a string");
  } else {
    words.add(word, parentheses);
  }
}

bool Scanner::skip_space_and_comments() {
  while (at_ < script_.size()) {
    if (is_space(script_[at_])) {
      ++at_;
    } else if (peek(0) == '-' && peek(1) == '-') {
      skip_line_comment();
    } else if (peek(0) == '/' && peek(1) == '*') {
      skip_block_comment();
    } else {
      return true;
    }
  }
  return false;
}

void Scanner::meta_command() {
  std::size_t end = at_ + 1;
  while (end < script_.size() && !is_space(script_[end])) ++end;
  fail(at_, fmt::format("{} is a meta-command of psql, not SQL", base::one_line(script_.substr(at_, end - at_), 40)),
       fmt::format("nothing was run; rehearse it as psql would run it: --exec 'psql -f {}'", file_));
}

// The lines after the one that COPY ends on, up to "\." or the end of the script.
std::string_view Scanner::take_copy_data() {
  const std::size_t rest = at_;
  const std::size_t newline = script_.find('\n', at_);
  at_ = newline == std::string_view::npos ? script_.size() : newline + 1;
  for (const char c : script_.substr(rest, at_ - rest)) {
    if (!is_space(c))
      fail(rest, "something stands behind COPY … FROM STDIN on its line", "its data begin on the next line");
  }
  const std::size_t begin = at_;
  while (at_ < script_.size()) {
    const std::size_t line_begin = at_;
    const std::size_t end = script_.find('\n', at_);
    at_ = end == std::string_view::npos ? script_.size() : end + 1;
    std::string_view line = script_.substr(line_begin, (end == std::string_view::npos ? at_ : end) - line_begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "\\.") return script_.substr(begin, line_begin - begin);
  }
  return script_.substr(begin);
}

std::optional<Statement> Scanner::next() {
  while (skip_space_and_comments() && peek(0) == ';') ++at_;
  if (at_ >= script_.size()) return std::nullopt;
  const std::size_t begin = at_;
  Statement statement{.line = line_at(begin)};
  Words words;
  int parentheses = 0;
  std::size_t end = script_.size();
  while (skip_space_and_comments()) {
    const char c = peek(0);
    if (c == ';' && parentheses == 0 && !words.in_body()) {
      end = at_++;
      break;
    }
    if (c == '\\') meta_command();
    if (c == '\'') {
      skip_quoted('\'', false, "a string");
    } else if (c == '"') {
      skip_quoted('"', false, "a quoted identifier");
    } else if (c == '$') {
      skip_dollar();
    } else if (starts_identifier(c)) {
      skip_identifier(words, parentheses);
    } else if (is_digit(c)) {
      while (at_ < script_.size() && continues_identifier(script_[at_])) ++at_;
    } else {
      parentheses = std::max(0, parentheses + (c == '(') - (c == ')'));
      ++at_;
    }
  }
  std::string_view text = script_.substr(begin, end - begin);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  statement.text = text;
  if (words.copies_from_stdin()) statement.copy_data = take_copy_data();
  return statement;
}

Splitter::Splitter(std::string_view script, std::string file) : script_(script), file_(std::move(file)) {
  if (script_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  const char* remedy = "nothing was run; scripts are UTF-8 text";
  if (std::memchr(script_.data(), 0, script_.size())) {
    throw base::Error(base::Code::input, fmt::format("{} holds a NUL byte, so it is not a script", file_), remedy);
  }
  if (!base::is_utf8(script_))
    throw base::Error(base::Code::input, fmt::format("{} is not valid UTF-8", file_), remedy);
}

std::optional<Statement> Splitter::next() {
  Scanner scanner(script_, file_, at_, line_);
  auto statement = scanner.next();
  at_ = scanner.at();
  line_ = scanner.line();
  return statement;
}

std::string first_words(std::string_view statement, std::size_t limit) {
  return base::one_line(statement, limit);
}

}  // namespace sql
