#include "source/placeholders.h"

#include <cctype>
#include <optional>

namespace source {
namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

struct Placeholder {
  std::size_t length = 0;
  std::optional<std::size_t> number;  // counted from 0; nullopt: the next one
  std::string_view name;
};

// %s, %v, %2$s; {}, {0}, {name}
std::optional<Placeholder> placeholder_at(std::string_view text) {
  Placeholder found;
  std::size_t number = 0;
  std::size_t at = 1;
  while (at < text.size() && at < 5 && is_digit(text[at]))
    number = number * 10 + static_cast<std::size_t>(text[at++] - '0');
  const bool numbered = at > 1;
  if (text[0] == '%') {
    if (numbered && at < text.size() && text[at] == '$' && number > 0) {
      found.number = number - 1;
      ++at;
    }
    if (at >= text.size() || std::string_view("svdq").find(text[at]) == std::string_view::npos) return std::nullopt;
    found.length = at + 1;
    return found;
  }
  if (!numbered) {
    while (at < text.size() && in_word(text[at])) ++at;
    found.name = text.substr(1, at - 1);
  } else {
    found.number = number;
  }
  if (at >= text.size() || text[at] != '}') return std::nullopt;
  found.length = at + 1;
  return found;
}

}  // namespace

Assembly fill_placeholders(const Assembly& format, const std::vector<Assembly>& values,
                           const std::function<const Assembly*(std::string_view)>& named) {
  return format.replaced([&, next = std::size_t{0}](std::string_view text) mutable -> Assembly::Replacement {
    if (text[0] != '%' && text[0] != '{') return {1, nullptr};
    if (text.size() > 1 && text[1] == text[0]) return {2, nullptr};
    const auto found = placeholder_at(text);
    if (!found) return {1, nullptr};
    if (!found->name.empty()) return {found->length, named(found->name)};
    const std::size_t index = found->number ? *found->number : next++;
    const Assembly* value = index < values.size() && !values[index].empty() ? &values[index] : nullptr;
    return {found->length, value};
  });
}

}  // namespace source
