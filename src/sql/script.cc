#include "sql/script.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sql/outline.h"

namespace sql {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// How many bytes at the beginning of `text` are ASCII without NUL, a little fewer at its end.
std::size_t plain_bytes(std::string_view text) {
  constexpr std::uint64_t low_bits = 0x0101010101010101;
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    // A byte's high bit is left where the byte is 0 or above 0x7F.
    if (((word - low_bits) | word) & high_bits) break;
  }
  return at;
}

}  // namespace

Splitter::Splitter(std::string_view script, std::string file) : script_(script), file_(std::move(file)) {
  if (script_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
}

std::optional<Statement> Splitter::next() {
  Lexer lexer(script_, at_);
  Token token = lexer.next();
  while (token.kind == TokenKind::semicolon) token = lexer.next();
  advance(token.begin);
  if (token.kind == TokenKind::end) return std::nullopt;
  return cut(lexer, token);
}

Statement Splitter::cut(Lexer& lexer, Token first) {
  Statement statement{.line = line_};
  Outline outline;
  std::size_t depth = 0;
  std::size_t end = first.begin;
  for (Token token = first; token.kind != TokenKind::end; token = lexer.next()) {
    if (token.kind == TokenKind::semicolon && depth == 0 && !outline.in_body()) break;
    if (token.kind == TokenKind::unterminated) refuse_unclosed(token.begin);
    if (token.kind == TokenKind::backslash) refuse_meta_command(token.begin);
    outline.see(token, lexer.text(token), depth);
    if (token.kind == TokenKind::open) ++depth;
    if (token.kind == TokenKind::close && depth > 0) --depth;
    end = token.end;
  }
  statement.text = script_.substr(first.begin, end - first.begin);
  advance(lexer.at());
  if (outline.copies_from_stdin()) statement.copy_data = copy_data();
  return statement;
}

// The lines after the one that COPY ends on, up to "\." or the end of the script.
std::string_view Splitter::copy_data() {
  const auto line_end = [this](std::size_t from) {
    const std::size_t newline = script_.find('\n', from);
    return newline == std::string_view::npos ? script_.size() : newline + 1;
  };
  const std::size_t begin = line_end(at_);
  // psql takes the next line for data even where a comment runs on into it.
  if (Lexer(script_.substr(at_, begin - at_)).next().kind != TokenKind::end)
    fail(at_, "more than a comment stands behind COPY … FROM STDIN on its line", "its data begin on the next line");
  std::size_t end = begin;
  while (end < script_.size()) {
    const std::size_t next = line_end(end);
    const std::string_view line = script_.substr(end, next - end);
    if (line == "\\.\n" || line == "\\.\r\n" || line == "\\." || line == "\\.\r") {
      advance(next);
      return script_.substr(begin, end - begin);
    }
    end = next;
  }
  advance(end);
  return script_.substr(begin);
}

void Splitter::advance(std::size_t to) {
  refuse_binary(to);
  line_ = line_of(to);
  at_ = to;
}

void Splitter::refuse_binary(std::size_t to) const {
  const char* const remedy = "scripts are UTF-8 text";
  for (std::size_t at = at_; at < to;) {
    const std::string_view rest = script_.substr(at, to - at);
    const std::size_t plain = plain_bytes(rest);
    at += plain;
    if (plain > 0) continue;
    if (rest.front() == '\0') fail(at, "a NUL byte stands here, so this is not a script", remedy);
    const base::CodePoint next = base::next_code_point(rest);
    if (!next.valid) fail(at, "this is not valid UTF-8", remedy);
    at += next.bytes;
  }
}

int Splitter::line_of(std::size_t at) const {
  const auto passed = script_.substr(at_, at - at_);
  return line_ + static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
}

void Splitter::fail(std::size_t at, const std::string& what, const std::string& hint) const {
  throw base::Error(base::Code::input, fmt::format("{}:{}: {}", file_, line_of(at), what), hint);
}

void Splitter::refuse_unclosed(std::size_t at) const {
  const auto what = [](char opening) {
    switch (opening) {
      case '"':
        return "a quoted identifier";
      case '$':
        return "a dollar quote";
      case '/':
        return "a comment";
      default:
        return "a string";
    }
  };
  fail(at, fmt::format("{} is never closed", what(script_[at])), "nothing was run");
}

void Splitter::refuse_meta_command(std::size_t at) const {
  const std::string_view rest = script_.substr(at);
  const auto word_end = std::find_if(rest.begin() + 1, rest.end(), is_blank);
  const std::string word = base::one_line({rest.begin(), word_end}, 40);
  fail(at, fmt::format("{} is a meta-command of psql, not SQL", word),
       fmt::format("nothing was run; rehearse it as psql would run it: --exec 'psql -f {}'", file_));
}

std::string first_words(std::string_view statement, std::size_t limit) {
  const std::size_t enough = 8 * limit;  // bytes: more than `limit` code points, blanks that collapse included
  Lexer lexer(statement);
  std::string words;
  std::size_t end = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::end && words.size() <= enough; token = lexer.next()) {
    if (token.begin > end) words += ' ';
    words += lexer.text(token).substr(0, enough + 1);
    end = token.end;
  }
  return base::one_line(words, limit);
}

}  // namespace sql
