#include "source/escape.h"

#include <charconv>

#include "base/utf8.h"

namespace source {
namespace {

std::string utf8(unsigned long value) {
  const auto byte = [](unsigned long bits) { return static_cast<char>(bits); };
  const auto tail = [&](unsigned shift) { return byte(0x80U | ((value >> shift) & 0x3FU)); };
  if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return std::string(base::replacement_character);
  if (value < 0x80) return {byte(value)};
  if (value < 0x800) return {byte(0xC0U | (value >> 6U)), tail(0)};
  if (value < 0x10000) return {byte(0xE0U | (value >> 12U)), tail(6), tail(0)};
  return {byte(0xF0U | (value >> 18U)), tail(12), tail(6), tail(0)};
}

std::string code_point(std::string_view digits, int radix) {
  if (digits.starts_with('{')) digits.remove_prefix(1);
  unsigned long value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  return utf8(parsed.ec == std::errc() ? value : 0);
}

}  // namespace

std::string unescape(std::string_view escape) {
  if (escape == "{{" || escape == "}}") return std::string(escape.substr(1));
  if (escape.size() < 2) return std::string(escape);
  const std::string_view rest = escape.substr(2);
  switch (escape[1]) {
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case 'r':
      return "\r";
    case 'a':
    case 'b':
    case 'e':
    case 'f':
    case 'v':
    case 's':
      return " ";
    case '\n':
    case '\r':
      return "";
    case 'x':
    case 'u':
    case 'U':
      return code_point(rest, 16);
    default:
      break;
  }
  if (escape[1] >= '0' && escape[1] <= '7') return code_point(escape.substr(1), 8);
  return std::string(escape.substr(1));
}

}  // namespace source
