#include "lint/words.h"

#include "base/text.h"

namespace lint {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

std::vector<std::string> parts_of_names(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool letter = at < text.size() && (is_upper(text[at]) || is_lower(text[at]));
    const bool hump = letter && at > begin && is_upper(text[at]) && is_lower(text[at - 1]);
    if (letter && !hump) continue;
    if (at > begin) parts.push_back(base::lower_case(text.substr(begin, at - begin)));
    begin = hump ? at : at + 1;
  }
  return parts;
}

}  // namespace lint
