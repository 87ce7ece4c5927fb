#include "lint/suppression.h"

#include <algorithm>
#include <cctype>

#include "sql/lexer.h"

namespace lint {
namespace {

constexpr std::string_view mark = "pgrehearse:";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

std::size_t find_mark(std::string_view text, std::size_t from) {
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), mark.begin(), mark.end(),
                                 [](char a, char b) { return lower(a) == b; });
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

struct Reader {
  std::string_view line;
  std::size_t at = 0;

  void blanks() {
    while (at < line.size() && is_blank(line[at])) ++at;
  }
  std::string_view word() {
    blanks();
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at]) && line[at] != ',') ++at;
    return line.substr(begin, at - begin);
  }
};

// Words that people write where they mean "allow".
bool means_allow(std::string_view word) {
  static constexpr std::string_view words[] = {"allow", "allows", "allowed", "ignore", "disable", "suppress", "skip"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view known) { return sql::is_word(word, known); });
}

std::string_view trimmed_reason(std::string_view reason) {
  const auto drop = [&](std::string_view end) {
    if (reason.ends_with(end)) reason.remove_suffix(end.size());
  };
  drop("*/");
  drop("-->");
  while (!reason.empty() && std::isspace(static_cast<unsigned char>(reason.back()))) reason.remove_suffix(1);
  while (!reason.empty() && is_blank(reason.front())) reason.remove_prefix(1);
  return reason.find_first_not_of(".,;:-*/# ") == std::string_view::npos ? std::string_view() : reason;
}

void read_line(std::string_view line, std::size_t offset, std::vector<Suppression>& found) {
  Reader reader{line};
  const std::string_view verb = reader.word();
  if (!means_allow(verb)) return;
  std::vector<Suppression> rules;
  bool because = false;
  while (true) {
    reader.blanks();
    const std::size_t at = reader.at;
    std::string_view word = reader.word();
    if (word.ends_with("*/")) word.remove_suffix(2);
    if (sql::is_word(word, "because")) {
      because = true;
      break;
    }
    if (word.empty()) break;
    rules.push_back({std::string(word), {}, offset + at});
    reader.blanks();
    if (reader.at < line.size() && line[reader.at] == ',') {
      ++reader.at;
      continue;
    }
    reader.blanks();
    const std::size_t next = reader.at;
    because = sql::is_word(reader.word(), "because");
    if (!because) reader.at = next;
    break;
  }
  if (rules.empty()) rules.push_back({{}, {}, offset});
  const std::string reason(because ? trimmed_reason(line.substr(reader.at)) : std::string_view());
  for (Suppression& rule : rules) {
    // A verb that is not "allow" allows nothing; the reader is told how to write it.
    if (!sql::is_word(verb, "allow")) rule.rule.clear();
    rule.reason = reason;
    found.push_back(std::move(rule));
  }
}

// Comments lie where the lexer skips: between tokens.
void comments_between(std::string_view sql, std::size_t begin, std::size_t end, std::vector<SqlComment>& found) {
  std::size_t at = begin;
  while (at + 1 < end) {
    if (sql[at] == '-' && sql[at + 1] == '-') {
      const std::size_t newline = std::min(sql.find('\n', at), end);
      found.push_back({at, newline});
      at = newline;
    } else if (sql[at] == '/' && sql[at + 1] == '*') {
      const std::size_t opening = at;
      std::size_t depth = 0;
      while (at < end) {
        if (at + 1 < end && sql[at] == '/' && sql[at + 1] == '*') {
          ++depth;
          at += 2;
        } else if (at + 1 < end && sql[at] == '*' && sql[at + 1] == '/') {
          at += 2;
          if (--depth == 0) break;
        } else {
          ++at;
        }
      }
      found.push_back({opening, at});
    } else {
      ++at;
    }
  }
}

}  // namespace

std::vector<Suppression> suppressions_in(std::string_view comment) {
  std::vector<Suppression> found;
  for (std::size_t at = find_mark(comment, 0); at != std::string_view::npos; at = find_mark(comment, at)) {
    at += mark.size();
    const std::size_t end = std::min(comment.find_first_of("\r\n", at), comment.size());
    read_line(comment.substr(at, end - at), at, found);
  }
  return found;
}

std::vector<SqlComment> comments_in(std::string_view sql) {
  std::vector<SqlComment> found;
  sql::Lexer lexer(sql);
  std::size_t before = 0;
  for (sql::Token token = lexer.next();; token = lexer.next()) {
    comments_between(sql, before, token.begin, found);
    if (token.kind == sql::TokenKind::end || token.kind == sql::TokenKind::unterminated) return found;
    before = token.end;
  }
}

}  // namespace lint
