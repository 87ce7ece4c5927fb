#include "contract/toml_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace contract {

std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char character : base::to_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\')
      quoted += fmt::format("\\{}", character);
    else if (byte < 0x20 || byte == 0x7f)
      quoted += fmt::format("\\u{:04X}", byte);
    else
      quoted += character;
  }
  return quoted + '"';
}

std::string toml_key(const std::string& text) {
  const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? text : toml_string(text);
}

}  // namespace contract
