#include "source/extract.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "source/broken.h"
#include "source/command_line.h"
#include "source/lines.h"
#include "source/pieces.h"
#include "source/program.h"
#include "source/prose.h"
#include "source/statements.h"
#include "source/template.h"
#include "sql/lexer.h"

namespace source {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool is_letter(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

std::string_view word_at(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && (is_letter(bytes[end]) || std::isdigit(static_cast<unsigned char>(bytes[end])) != 0))
    ++end;
  return bytes.substr(at, end - at);
}

// The word behind blanks, quotes, escaped line ends, and the signs that join literals.
std::string_view next_word(std::string_view bytes, std::size_t at) {
  while (at < bytes.size() && !is_letter(bytes[at])) {
    const bool escape = bytes[at] == '\\' && at + 1 < bytes.size();
    at += escape ? 2 : 1;
  }
  return word_at(bytes, at);
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view lower) { return sql::is_word(word, lower); });
}

// What stands between UPDATE and SET.
constexpr std::size_t longest_name = 400;

bool one_of_next(std::string_view bytes, std::string_view lower) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view word = is_letter(bytes[at]) ? word_at(bytes, at) : std::string_view();
    // "\\nSET": the escape's letter is no part of the word.
    if (sql::is_word(word, lower) || (word.size() > 1 && sql::is_word(word.substr(1), lower))) return true;
    at += std::max<std::size_t>(word.size(), 1);
  }
  return false;
}

// The quote that follows DO across blanks, or '\0'.
char next_sign(std::string_view bytes, std::size_t at) {
  const std::size_t sign = bytes.find_first_not_of(" \t\r\n", at);
  return sign != std::string_view::npos && std::string_view("$'\"\\").find(bytes[sign]) != std::string_view::npos
             ? bytes[sign]
             : '\0';
}

// True where the word at `at` may begin a statement that writes, or a part of one.
bool writes(std::string_view word, std::string_view bytes, std::size_t at) {
  const std::size_t end = at + word.size();
  if (one_of(word, {"setval"})) return true;
  if (one_of(word, {"delete"})) return one_of(next_word(bytes, end), {"from", "pgrehearse"});
  if (one_of(word, {"insert", "merge"})) return one_of(next_word(bytes, end), {"into"});
  if (one_of(word, {"restart"})) return one_of(next_word(bytes, end), {"with", "identity"});
  if (one_of(word, {"update"})) return one_of_next(bytes.substr(end, longest_name), "set");
  if (one_of(word, {"alter", "drop", "create"})) return is_object(next_word(bytes, end));
  if (one_of(word, {"do"})) return next_sign(bytes, end) != '\0';
  if (one_of(word, {"truncate"})) return end < bytes.size() && bytes[end] != '(' && bytes[end] != '.';
  return false;
}

// True where all of `literals` are SQL. Of those that are not, why, unless another one is.
bool read_all(const std::vector<Literal>& literals, Extraction& result, std::vector<Problem>& problems) {
  std::size_t found = 0;
  for (const Literal& literal : literals) {
    const std::optional<Literal> handed = handed_to_psql(literal);
    std::optional<Fragment> fragment = sql_in(handed ? *handed : literal, problems);
    if (!fragment) continue;
    find_statements(*fragment, result.problems);
    result.fragments.push_back(std::move(*fragment));
    ++found;
  }
  if (found > 0) problems.clear();
  return found == literals.size();
}

// True where the byte of the file was read as SQL.
bool is_read(const std::vector<Fragment>& fragments, std::size_t at) {
  return std::any_of(fragments.begin(), fragments.end(), [&](const Fragment& fragment) {
    for (std::size_t i = 0; i < fragment.runs.size(); ++i) {
      const Run& run = fragment.runs[i];
      const std::size_t end = i + 1 < fragment.runs.size() ? fragment.runs[i + 1].at : fragment.sql.size();
      if (run.linear && run.file <= at && at < run.file + (end - run.at)) return true;
    }
    return false;
  });
}

// Of each broken part of a program the first statement that was not read.
void report(const std::vector<Suspect>& suspects, std::string_view bytes, Extraction& result) {
  if (suspects.empty()) return;
  const Lines lines(bytes);
  std::optional<std::size_t> reported;
  for (const Suspect& suspect : suspects) {
    if (reported == suspect.part || is_read(result.fragments, suspect.at)) continue;
    reported = suspect.part;
    result.problems.push_back({"the program is broken here, so that what looks like a statement was not checked",
                               lines.place(suspect.at),
                               "mend the syntax of the program, or leave it out by --exclude"});
  }
}

Extraction extract_program(std::string_view bytes, Language language) {
  Extraction result;
  if (bytes.size() > largest_program) {
    result.problems.push_back(
        {"this file holds words of SQL and is larger than 16 MiB, so that nothing in it was checked", {}, leave_out});
    return result;
  }
  std::vector<Suspect> suspects;
  for (const Text& text : texts(bytes, language, result.problems, suspects, result.marked)) {
    std::vector<Problem> problems;
    if (!read_all(text.ways, result, problems) && !text.parts.empty()) {
      problems.clear();
      read_all(text.parts, result, problems);
    }
    if (!problems.empty()) result.problems.push_back(std::move(problems.back()));
  }
  report(suspects, bytes, result);
  return result;
}

}  // namespace

std::size_t next_write(std::string_view bytes, std::size_t from) {
  bool inside =
      from > 0 && (is_letter(bytes[from - 1]) || std::isdigit(static_cast<unsigned char>(bytes[from - 1])) != 0);
  for (std::size_t at = from; at < bytes.size(); ++at) {
    const bool letter = is_letter(bytes[at]);
    if (letter && !inside) {
      const char c = lower(bytes[at]);
      const bool starts = c == 'd' || c == 'i' || c == 'u' || c == 'm' || c == 't' || c == 's' || c == 'r' ||
                          c == 'a' || c == 'c' || c == 'n';
      if (starts) {
        std::string_view word = word_at(bytes, at);
        // "\nDELETE": the escape's letter is no part of the word.
        const bool escaped = at > 0 && bytes[at - 1] == '\\' && word.size() > 1;
        if (writes(word, bytes, at)) return at;
        if (escaped && writes(word.substr(1), bytes, at + 1)) return at + 1;
      }
    }
    inside = letter || (inside && std::isdigit(static_cast<unsigned char>(bytes[at])) != 0);
  }
  return std::string_view::npos;
}

bool may_hold_writes(std::string_view bytes) {
  return next_write(bytes, 0) != std::string_view::npos;
}

Extraction extract(std::string_view bytes, Language language) {
  Extraction result;
  const bool marked = is_marked(bytes);
  if (language != Language::sql && !marked && !may_hold_writes(bytes)) return result;
  if (bytes.find('\0') != std::string_view::npos) {
    result.problems.push_back({"this is no text: it holds a NUL byte", {}, leave_out});
    return result;
  }
  if (!base::is_utf8(bytes)) {
    result.problems.push_back({"this is not UTF-8", {}, std::string("save it as UTF-8, or ") + leave_out});
    return result;
  }
  if (language != Language::sql) return extract_program(bytes, language);
  if (bytes.size() > largest_script) {
    result.problems.push_back({"this file is larger than 64 MiB, so that nothing in it was checked", {}, leave_out});
    return result;
  }
  const std::size_t mark = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  Pieces pieces;
  pieces.copy(bytes.substr(mark), mark, {});
  find_statements(pieces.fragment(), result.problems, true);
  result.fragments.push_back(pieces.take());
  return result;
}

}  // namespace source
