#include "guard/sql_text.h"

#include <fmt/core.h>

#include "base/text.h"

namespace guard {

namespace {

constexpr std::size_t width = 100;
constexpr std::size_t any_length = 100'000;

// As it is, but for what could end the comment that it stands in or steer a terminal.
std::string harmless(std::string_view line) {
  std::string shown;
  for (const char character : base::to_valid_utf8(line)) {
    const auto byte = static_cast<unsigned char>(character);
    shown += byte < 0x20 || byte == 0x7f ? "\xEF\xBF\xBD" : std::string(1, character);
  }
  return shown;
}

}  // namespace

void SqlText::step(std::string_view title, std::string_view why) {
  text_ += fmt::format("\n-- {}. {}\n", ++steps_, base::one_line(title, any_length));
  comment(why);
}

void SqlText::comment(std::string_view text) {
  // One line, so that no name out of a database can end the comment.
  const std::string words = base::one_line(text, any_length);
  std::string line;
  std::size_t at = 0;
  while (at < words.size()) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (!line.empty() && line.size() + end - at >= width) {
      text_ += "-- " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + words.substr(at, end - at);
    at = end + 1;
  }
  if (!line.empty()) text_ += "-- " + line + "\n";
}

void SqlText::comment_code(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text_ += "--   " + harmless(lines.substr(0, end)) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void SqlText::settings(std::string_view lock_timeout, std::string_view statement_timeout) {
  if (lock_timeout != lock_timeout_) text_ += fmt::format("SET lock_timeout = '{}';\n", lock_timeout_ = lock_timeout);
  if (statement_timeout != statement_timeout_)
    text_ += fmt::format("SET statement_timeout = '{}';\n", statement_timeout_ = statement_timeout);
}

void SqlText::brief(std::string_view sql) {
  settings("2s", "5s");
  add(sql);
}

void SqlText::patient(std::string_view sql) {
  settings("2s", "0");
  add(sql);
}

void SqlText::concurrently(std::string_view sql) {
  settings("0", "0");
  add(sql);
}

void SqlText::add(std::string_view sql) {
  text_ += sql;
}

std::string dollar_quoted(std::string tag, std::string_view body) {
  const std::string stem = tag;
  // The quote may begin in the body and end behind it: "$ta" would close with the next "$tag$".
  for (int number = 1; (std::string(body) + "$").find("$" + tag + "$") != std::string::npos; ++number)
    tag = fmt::format("{}{}", stem, number);
  return fmt::format("${0}${1}${0}$", tag, body);
}

}  // namespace guard
