#include "source/refill.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <vector>

#include "source/dynamic.h"

namespace source {
namespace {

constexpr std::size_t most_attempts = 60;
constexpr std::size_t longest_name = 64;

using Kind = Hole::Kind;

// What else may stand where a value was tried, in this order.
std::optional<Kind> next_kind(std::span<const Kind> order, Kind tried) {
  const auto found = std::find(order.begin(), order.end(), tried);
  return found == order.end() || found + 1 == order.end() ? std::nullopt : std::optional(*(found + 1));
}

std::optional<Kind> kind_after(const Fragment& fragment, std::size_t begin, const Hole& hole) {
  static constexpr std::array<Kind, 5> of_value = {Kind::parameter, Kind::number, Kind::clause, Kind::identifier,
                                                   Kind::inside};
  static constexpr std::array<Kind, 5> of_name = {Kind::parameter, Kind::identifier, Kind::number, Kind::clause,
                                                  Kind::inside};
  static constexpr std::array<Kind, 2> of_text = {Kind::parameter, Kind::inside};
  const bool settled = hole.kind == Kind::inside || hole.source.starts_with(":\"");
  if (settled || hole.end - hole.begin < 2) return std::nullopt;
  if (hole.source.starts_with(":'")) return next_kind(of_text, hole.kind);
  const std::string_view before = std::string_view(fragment.sql).substr(begin, hole.begin - begin);
  return next_kind(wants_name(before) ? of_name : of_value, hole.kind);
}

std::string filling(Kind kind, std::size_t number, std::size_t length) {
  std::string text;
  switch (kind) {
    case Kind::parameter:
      text = fmt::format("${}", number % 9 + 1);
      break;
    case Kind::number:
      text = "1";
      break;
    case Kind::identifier:
      text = fmt::format("h{}", number % 9 + 1);
      break;
    case Kind::inside:
      text = length < 8 ? "''" : "'hole_1'";
      break;
    default:
      break;
  }
  text.resize(length, ' ');
  return text;
}

void fill(Fragment& fragment, Hole& hole, Kind kind) {
  const auto number = static_cast<std::size_t>(&hole - fragment.holes.data());
  hole.kind = kind;
  fragment.sql.replace(hole.begin, hole.end - hole.begin, filling(kind, number, hole.end - hole.begin));
}

// @extschema@, @extowner@: of no statement that parses, since no operand of an operator @ stands between two.
std::size_t marked_name(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && end < longest_name &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' || text[end] == ':'))
    ++end;
  return end > 1 && end < text.size() && text[end] == '@' ? end + 1 : 0;
}

void find_marked_names(Fragment& fragment, std::size_t begin, std::size_t end) {
  const auto next_sign = [&](std::size_t from) {
    const std::size_t found = std::string_view(fragment.sql).substr(0, end).find('@', from);
    return std::min(found, end);
  };
  for (std::size_t at = next_sign(begin); at < end; at = next_sign(at)) {
    const std::size_t length = marked_name(std::string_view(fragment.sql).substr(at, end - at));
    if (length > 0) {
      const Hole hole{.kind = Kind::identifier,
                      .begin = at,
                      .end = at + length,
                      .source = fragment.sql.substr(at, length),
                      .place = fragment.place(at)};
      const auto next =
          std::partition_point(fragment.holes.begin(), fragment.holes.end(), [&](auto& h) { return h.begin < at; });
      fill(fragment, *fragment.holes.insert(next, hole), Kind::identifier);
    }
    at += std::max<std::size_t>(length, 1);
  }
}

std::span<Hole> holes_between(Fragment& fragment, std::size_t begin, std::size_t end) {
  const auto before = [](std::size_t offset) { return [offset](const Hole& hole) { return hole.begin < offset; }; };
  const auto first = std::partition_point(fragment.holes.begin(), fragment.holes.end(), before(begin));
  return {first, std::partition_point(first, fragment.holes.end(), before(end))};
}

std::optional<sql::SyntaxError> error_in(const Fragment& fragment, std::size_t begin, std::size_t end) {
  return sql::syntax_error(fragment.sql.substr(begin, end - begin));
}

}  // namespace

Hole fill_variable(Fragment& fragment, std::size_t begin, std::size_t end) {
  Hole hole{
      .begin = begin, .end = end, .source = fragment.sql.substr(begin, end - begin), .place = fragment.place(begin)};
  if (hole.source[1] != '"') {
    fragment.sql.replace(begin, end - begin, filling(Kind::parameter, fragment.holes.size(), end - begin));
    return hole;
  }
  // The colon alone goes: whoever reads on behind it finds the quotes where they were.
  hole.kind = Kind::identifier;
  fragment.sql[begin] = ' ';
  return hole;
}

std::optional<sql::SyntaxError> parse_refilling(Fragment& fragment, std::size_t begin, std::size_t end,
                                                std::size_t bound) {
  const auto first_error = sql::syntax_error(fragment.sql.substr(begin, end - begin), bound);
  if (!first_error) return std::nullopt;
  const std::string text = fragment.sql.substr(begin, end - begin);
  const std::span<Hole> known = holes_between(fragment, begin, end);
  const std::vector<Hole> holes_before(known.begin(), known.end());
  if (fragment.language == Language::sql) find_marked_names(fragment, begin, end);
  const std::span<Hole> holes = holes_between(fragment, begin, end);
  if (holes.empty()) return first_error;
  auto error = error_in(fragment, begin, end);
  for (std::size_t attempt = 0; error && attempt < most_attempts; ++attempt) {
    const auto stumbled_over = [&](const Hole& hole) {
      return hole.begin <= begin + error->at && kind_after(fragment, begin, hole);
    };
    const auto last = std::find_if(holes.rbegin(), holes.rend(), stumbled_over);
    if (last == holes.rend()) break;
    fill(fragment, *last, *kind_after(fragment, begin, *last));
    error = error_in(fragment, begin, end);
  }
  if (!error) return std::nullopt;
  fragment.sql.replace(begin, text.size(), text);
  if (holes.size() == holes_before.size()) {
    std::copy(holes_before.begin(), holes_before.end(), holes.begin());
    return first_error;
  }
  const auto first = fragment.holes.begin() + (holes.data() - fragment.holes.data());
  const auto at = fragment.holes.erase(first, first + static_cast<std::ptrdiff_t>(holes.size()));
  fragment.holes.insert(at, holes_before.begin(), holes_before.end());
  return first_error;
}

std::string complaint(const Fragment& fragment, std::size_t begin, const sql::SyntaxError& error) {
  for (const Hole& hole : fragment.holes_within(begin, begin + error.at)) {
    if (begin + error.at >= hole.end) continue;
    const std::size_t quote = error.message.find('"');
    if (quote == std::string::npos) break;
    return error.message.substr(0, quote + 1) + hole.source + '"';
  }
  return error.message;
}

}  // namespace source
