#include "source/values.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace source {
namespace {

constexpr std::size_t longest_number = 40;
constexpr std::size_t longest_query = 200;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view behind_blanks(std::string_view text) {
  const std::size_t at = text.find_first_not_of(" \t");
  return text.substr(std::min(at, text.size()));
}

// int64(7), (7): what is in the parentheses.
std::string_view unwrapped(std::string_view text) {
  static constexpr std::array<std::string_view, 6> casts = {"", "int64", "int", "int32", "long", "Int64"};
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return text;
  const bool casts_it = std::find(casts.begin(), casts.end(), text.substr(0, open)) != casts.end();
  return casts_it ? trimmed(text.substr(open + 1, text.size() - open - 2)) : text;
}

}  // namespace

bool is_whole_number(std::string_view text) {
  if (text.size() > longest_number) return false;
  text = unwrapped(trimmed(text));
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text = trimmed(text.substr(1));
  if (text.empty() || !is_digit(text.front())) return false;
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '_'; });
  static constexpr std::array<std::string_view, 10> endings = {"",   "L",   "l",   "n",  "LL",
                                                               "ll", "i64", "i32", "UL", "_i64"};
  return std::find(endings.begin(), endings.end(), text.substr(static_cast<std::size_t>(end - text.begin()))) !=
         endings.end();
}

std::string_view query_of_rows(std::string_view expression) {
  if (expression.find("elect") == expression.npos && expression.find("ELECT") == expression.npos) return {};
  const std::string text = base::lower_case(expression.substr(0, 4 * longest_query));
  const std::size_t select = text.find("select");
  if (select == std::string::npos) return {};
  static constexpr std::array<std::string_view, 3> aggregates = {"max(", "min(", "count("};
  const bool aggregated = std::any_of(aggregates.begin(), aggregates.end(), [&](std::string_view aggregate) {
    return text.find(aggregate, select) != std::string::npos;
  });
  return aggregated ? expression.substr(select, longest_query) : std::string_view();
}

bool is_counted(std::string_view name, std::string_view program) {
  for (std::size_t at = program.find(name); at != std::string_view::npos; at = program.find(name, at + name.size())) {
    const std::size_t end = at + name.size();
    if ((at > 0 && in_word(program[at - 1])) || (end < program.size() && in_word(program[end]))) continue;
    std::string_view before = program.substr(0, at);
    if (before.ends_with('$')) before.remove_suffix(1);
    if (before.ends_with("++") || before.ends_with("--")) return true;
    std::string_view behind = behind_blanks(program.substr(end, 80));
    if (behind.starts_with("++") || behind.starts_with("--")) return true;
    if (behind.size() > 1 && behind[1] == '=' && std::string_view("+-*/").find(behind[0]) != std::string_view::npos)
      return true;
    if (behind.starts_with(":=")) behind.remove_prefix(1);
    if (!behind.starts_with('=')) continue;
    behind.remove_prefix(1);
    while (!behind.empty() && std::string_view(" \t$(").find(behind.front()) != std::string_view::npos)
      behind.remove_prefix(1);
    if (behind.starts_with(name) && (behind.size() == name.size() || !in_word(behind[name.size()]))) return true;
  }
  return false;
}

bool is_range(std::string_view text) {
  static constexpr std::array<std::string_view, 8> signs = {"range(",  "rangeClosed(", "Range(",  "Array.from({",
                                                            "xrange(", "seq ",         "downTo ", "until "};
  const bool said = std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) {
    const std::size_t at = text.find(sign);
    return at != text.npos && (at == 0 || !in_word(text[at - 1]));
  });
  if (said) return true;
  for (std::size_t at = text.find(".."); at != text.npos;) {
    std::size_t end = at;
    while (end < text.size() && text[end] == '.') ++end;
    const std::size_t dots = end;
    if (end < text.size() && text[end] == '=') ++end;
    const bool from = at > 0 && (in_word(text[at - 1]) || text[at - 1] == ')');
    if (from && end < text.size() && (in_word(text[end]) || text[end] == '-' || text[end] == '(')) return true;
    at = text.find("..", dots);
  }
  return false;
}

}  // namespace source
