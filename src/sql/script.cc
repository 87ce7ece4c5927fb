#include "sql/script.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sql/lexer.h"
#include "sql/outline.h"

namespace sql {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r\n\v\f";

// Where the first byte stands that is NUL or no UTF-8; npos: nowhere.
std::size_t first_bad_byte(std::string_view text) {
  const std::size_t nul = text.find('\0');
  text = text.substr(0, nul);
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const base::CodePoint point = base::next_code_point(text.substr(at));
    if (!point.valid) return at;
    at += point.bytes;
  }
  return nul;
}

std::string describe_open(char opening) {
  switch (opening) {
    case '/':
      return "this comment is never closed";
    case '"':
      return "this quoted identifier is never closed";
    case '$':
      return "this dollar-quoted string is never closed";
    default:
      return "this string is never closed";
  }
}

// The line that starts at `at`, with its newline.
std::string_view line_from(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return text.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

bool ends_copy_data(std::string_view line) {
  return line == "\\.\n" || line == "\\.\r\n" || line == "\\.";
}

// Whether a meta-command is only about what psql shows, or says what is done here anyway: stop at the first error. A
// backslash would end it and let SQL follow; backquotes run a program.
bool means_nothing_here(std::string_view line) {
  if (line.find_first_of("\\`", 1) != std::string_view::npos) return false;
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  constexpr std::array shown = {"\\echo", "\\qecho", "\\warn", "\\pset", "\\timing", "\\x"};
  if (std::find(shown.begin(), shown.end(), words.front()) != shown.end()) return true;
  constexpr std::array on = {"on", "1", "true", "yes"};
  return words.size() == 3 && words[0] == "\\set" && words[1] == "ON_ERROR_STOP" &&
         std::any_of(on.begin(), on.end(), [&](const char* word) { return is_word(words[2], word); });
}

}  // namespace

Splitter::Splitter(std::string_view script, std::string file) : script_(script), file_(std::move(file)) {
  if (script_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
}

std::optional<Statement> Splitter::next() {
  while (true) {
    Lexer lexer(script_, at_);
    Token token = lexer.next();
    while (token.kind == TokenKind::semicolon) token = lexer.next();
    if (token.kind == TokenKind::end) break;
    const std::string_view line = line_from(script_, token.begin);
    if (token.kind != TokenKind::backslash || !means_nothing_here(line)) return cut(token.begin);
    advance(token.begin + line.size());
  }
  advance(script_.size());
  return std::nullopt;
}

Statement Splitter::cut(std::size_t begin) {
  Lexer lexer(script_, begin);
  Outline outline;
  std::size_t end = begin;
  std::size_t depth = 0;
  Token token = lexer.next();
  for (; token.kind != TokenKind::end; token = lexer.next()) {
    switch (token.kind) {
      case TokenKind::open:
        ++depth;
        break;
      case TokenKind::close:
        if (depth > 0) --depth;
        break;
      case TokenKind::backslash:
        refuse_meta_command(token.begin);
      case TokenKind::unterminated:
        fail(token.begin, describe_open(script_[token.begin]), "close it");
      default:
        break;
    }
    if (token.kind == TokenKind::semicolon && depth == 0 && !outline.in_body()) break;
    if (!outline.settled()) outline.see(token, lexer.text(token), depth);
    end = token.end;
  }
  advance(begin);
  Statement statement{.text = script_.substr(begin, end - begin), .line = line_, .copy_data = {}};
  advance(lexer.at());
  if (outline.copies_from_stdin()) statement.copy_data = copy_data();
  return statement;
}

// psql reads the data from the line after the one whose semicolon sent the COPY, and runs the rest of that line only
// after them. Nobody writes that on purpose, so a rest is refused.
std::string_view Splitter::copy_data() {
  const std::string_view rest = line_from(script_, at_);
  const Token more = Lexer(rest).next();
  if (more.kind != TokenKind::end) {
    fail(at_ + more.begin, "more follows a COPY … FROM STDIN on its line",
         "put it on a line of its own, after the data");
  }
  const std::size_t begin = at_ + rest.size();
  std::size_t end = begin;
  std::string_view line = line_from(script_, end);
  while (!line.empty() && !ends_copy_data(line)) {
    end += line.size();
    line = line_from(script_, end);
  }
  advance(end + line.size());
  return script_.substr(begin, end - begin);
}

void Splitter::advance(std::size_t to) {
  const std::size_t bad = first_bad_byte(script_.substr(at_, to - at_));
  if (bad != std::string_view::npos) {
    if (script_[at_ + bad] == '\0') fail(at_ + bad, "a NUL byte, which no SQL script holds", "is this a text file?");
    fail(at_ + bad, "this is not UTF-8", "convert the script to UTF-8, or use --exec with a program that reads it");
  }
  line_ = line_of(to);
  at_ = to;
}

int Splitter::line_of(std::size_t at) const {
  const std::string_view passed = script_.substr(at_, at - at_);
  return line_ + static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
}

void Splitter::fail(std::size_t at, const std::string& what, const std::string& hint) const {
  throw base::Error(base::Code::usage, fmt::format("{}:{}: {}", file_, line_of(at), what), hint);
}

void Splitter::refuse_meta_command(std::size_t at) const {
  constexpr std::size_t longest_shown = 40;
  const std::string_view rest = script_.substr(at);
  const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
  fail(at, fmt::format("psql meta-command {} cannot be run here", base::one_line(word, longest_shown)),
       fmt::format("only psql understands it: use --exec 'psql -f {}'", file_));
}

std::string first_words(std::string_view statement, std::size_t limit) {
  constexpr std::size_t longest_code_point = 4;
  std::string words;
  Lexer lexer(statement);
  std::size_t end = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (token.begin > end && !words.empty()) words += ' ';
    // One code point more than fits, so that a cut is seen; a token may be megabytes long.
    words += base::one_line(lexer.text(token), limit + 1);
    if (words.size() > limit * longest_code_point) break;
    end = token.end;
  }
  return base::one_line(words, limit);
}

}  // namespace sql
