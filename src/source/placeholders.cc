#include "source/placeholders.h"

#include <cctype>
#include <optional>
#include <utility>

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

// Behind a name and what says how it is shown: {t!r}, {t:>5}; npos: it is not closed.
std::size_t behind_shown(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '!' || text[at] == ':')) at = text.find_first_of("}\n{", at);
  return at < text.size() && text[at] == '}' ? at + 1 : std::string_view::npos;
}

// %(name)s, %{name}, %<name>s
std::optional<Placeholder> named_percent(std::string_view text) {
  constexpr std::string_view opening = "({<";
  constexpr std::string_view closing = ")}>";
  const std::size_t kind = text.size() > 1 ? opening.find(text[1]) : std::string_view::npos;
  if (kind == std::string_view::npos) return std::nullopt;
  std::size_t end = 2;
  while (end < text.size() && in_word(text[end])) ++end;
  if (end == 2 || end >= text.size() || text[end] != closing[kind]) return std::nullopt;
  const std::size_t letter = text[1] == '{' ? 0 : 1;
  if (end + letter >= text.size()) return std::nullopt;
  return Placeholder{.length = end + 1 + letter, .name = text.substr(2, end - 2)};
}

// %s, %v, %2$s; {}, {0}, {name}
std::optional<Placeholder> placeholder_at(std::string_view text) {
  Placeholder found;
  std::size_t number = 0;
  std::size_t at = 1;
  while (at < text.size() && at < 5 && is_digit(text[at]))
    number = number * 10 + static_cast<std::size_t>(text[at++] - '0');
  const bool numbered = at > 1;
  if (text[0] == '%') {
    if (const auto named = named_percent(text)) return named;
    if (numbered && at < text.size() && text[at] == '$' && number > 0) {
      found.number = number - 1;
      ++at;
    }
    if (at >= text.size() || std::string_view("svdqI").find(text[at]) == std::string_view::npos) return std::nullopt;
    found.length = at + 1;
    return found;
  }
  if (!numbered) {
    while (at < text.size() && in_word(text[at])) ++at;
    found.name = text.substr(1, at - 1);
  } else {
    found.number = number;
  }
  at = behind_shown(text, at);
  if (at == std::string_view::npos) return std::nullopt;
  found.length = at;
  return found;
}

}  // namespace

Assembly fill_placeholders(const Assembly& format, char sign, const std::vector<Assembly>& values,
                           const std::function<const Assembly*(std::string_view)>& named) {
  const Assembly nothing;
  return format.replaced(
      [&, next = std::size_t{0}, doubled = false](std::string_view text) mutable -> Assembly::Replacement {
        if (std::exchange(doubled, false)) return {1, nullptr};
        const bool closes = sign == '{' && text.starts_with("}}");
        if (text[0] != sign && !closes) return {1, nullptr};
        if (text.size() > 1 && text[1] == text[0]) {
          doubled = true;  // of two, the first goes
          return {1, &nothing};
        }
        const auto found = placeholder_at(text);
        if (!found) return {1, nullptr};
        if (!found->name.empty()) return {found->length, named(found->name)};
        const std::size_t index = found->number ? *found->number : next++;
        const Assembly* value = index < values.size() && !values[index].empty() ? &values[index] : nullptr;
        return {found->length, value};
      });
}

}  // namespace source
