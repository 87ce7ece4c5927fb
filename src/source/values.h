// What a program's own words say of a value that is no string.
#pragma once

#include <string>
#include <string_view>

namespace source {

// True for a whole number as programs write it: -91111101, -91_111_101L, 5n, (7), int64(9).
bool is_whole_number(std::string_view text);

// Where `expression` asks for max(…), min(…) or count(…) of rows, from that query's SELECT on; else "".
std::string_view query_of_rows(std::string_view expression);

// True where `name` is counted up or down somewhere in `program`: i++, i += 1, i = i + 1.
bool is_counted(std::string_view name, std::string_view program);

// True where `text` names, or may name, a range of numbers as a whole: list(range(a, b)), (a..b).to_a, seq a b.
bool is_range(std::string_view text);

// Calls `see` with each name in `text`, with the dollars that stand before it.
template <typename See>
void for_each_name(std::string_view text, const See& see) {
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    if (end > at) see(text.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace source
