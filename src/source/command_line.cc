#include "source/command_line.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "source/pieces.h"

namespace source {
namespace {

// Behind the option of psql that a statement follows; npos: there is none.
std::size_t behind_option(std::string_view text) {
  const std::size_t program = text.find("psql");
  if (program == std::string_view::npos) return program;
  static constexpr std::array<std::string_view, 3> options = {" -c", " --command=", " --command "};
  for (const std::string_view option : options) {
    const std::size_t found = text.find(option, program);
    if (found != std::string_view::npos) return found + option.size();
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<Literal> handed_to_psql(const Literal& literal) {
  const std::string_view text = literal.text.sql;
  const std::size_t option = behind_option(text);
  const std::size_t quote = option == text.npos ? option : text.find_first_not_of(' ', option);
  if (quote == text.npos || (text[quote] != '\'' && text[quote] != '"')) return std::nullopt;
  const std::size_t end = text.find(text[quote], quote + 1);
  if (end == text.npos) return std::nullopt;
  Pieces pieces;
  pieces.copy(literal.text, quote + 1, end);
  const auto holes_in = [&](std::size_t from, std::size_t to) {
    return std::count(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(to),
                      hole_mark);
  };
  Literal handed{.text = pieces.take()};
  handed.text.language = literal.text.language;
  handed.text.comments = literal.text.comments;
  const auto first = std::min<std::ptrdiff_t>(holes_in(0, quote), std::ssize(literal.holes));
  const auto last = std::min<std::ptrdiff_t>(first + holes_in(quote, end), std::ssize(literal.holes));
  handed.holes.assign(literal.holes.begin() + first, literal.holes.begin() + last);
  return handed;
}

}  // namespace source
