#include "base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace base {
namespace {

constexpr std::string_view ellipsis = "\xE2\x80\xA6";

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// C0, DEL and C1, and the marks that turn the direction of what follows.
bool steers_terminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

char lower_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::string with_commas(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string count_of(std::int64_t number, std::string_view singular, std::string_view plural) {
  std::string text = with_commas(number) + " ";
  if (number == 1) return text.append(singular);
  if (plural.empty()) return text.append(singular) + "s";
  return text.append(plural);
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be shown as 1024.0.
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string line;
  std::size_t shown = 0;
  bool blank_due = false;
  while (!text.empty()) {
    const CodePoint next = next_code_point(text);
    if (next.valid && is_space(next.value)) {
      text.remove_prefix(next.bytes);
      blank_due = shown > 0;
      continue;
    }
    if (shown + (blank_due ? 1 : 0) >= limit) return line.append(ellipsis);
    if (blank_due) line += ' ', ++shown;
    blank_due = false;
    if (next.valid && !steers_terminal(next.value)) {
      line.append(text.substr(0, next.bytes));
    } else {
      line.append(replacement_character);
    }
    ++shown;
    text.remove_prefix(next.bytes);
  }
  return line;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = next_code_point(text);
    if (!next.valid) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = next_code_point(text);
    valid.append(next.valid ? text.substr(0, next.bytes) : replacement_character);
    text.remove_prefix(next.bytes);
  }
  return valid;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_letter);
  return result;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(),
                     [](char a, char b) { return lower_letter(a) == b; }) != text.end();
}

std::string some_of(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = std::min(names.size(), most);
  const std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

}  // namespace base
