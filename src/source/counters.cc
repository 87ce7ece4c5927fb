#include "source/counters.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "source/syntax.h"
#include "source/values.h"

namespace source {
namespace {

constexpr std::size_t longest_head = 300;
constexpr std::size_t most_arguments = 50;
constexpr std::size_t longest_argument = 200;

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view source(TSNode node, std::string_view bytes) {
  return bytes.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node));
}

std::string_view word_before(std::string_view text, std::size_t end) {
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == ')')) --end;
  std::size_t begin = end;
  while (begin > 0 && in_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

std::string_view word_behind(std::string_view text, std::size_t begin) {
  while (begin < text.size() && (text[begin] == ' ' || text[begin] == '$')) ++begin;
  std::size_t end = begin;
  while (end < text.size() && in_word(text[end])) ++end;
  return text.substr(begin, end - begin);
}

// for NAME in RANGE
std::string_view counted_in(std::string_view head, std::size_t in) {
  const std::string_view range = head.substr(in + 4);
  static constexpr std::array<std::string_view, 6> signs = {"range(", "..", "seq ", " downTo ", " until ", "xrange("};
  const bool counts =
      std::any_of(signs.begin(), signs.end(), [&](auto sign) { return range.find(sign) != range.npos; });
  return counts ? word_before(head, in) : std::string_view();
}

// NAME++, ++NAME, NAME += n
std::string_view stepped(std::string_view head) {
  for (const std::string_view sign : {"++", "--", "+=", "-="}) {
    for (std::size_t at = head.find(sign); at != head.npos; at = head.find(sign, at + 2)) {
      const std::string_view before = word_before(head, at);
      if (!before.empty()) return before;
      if (sign[0] == sign[1]) {
        if (const std::string_view behind = word_behind(head, at + 2); !behind.empty()) return behind;
      }
    }
  }
  return {};
}

// A name out of what stands in a hole or an argument: {i}, ${i}, $i, %(i)s; i64::from(i) is none.
std::string_view only_name(std::string_view text) {
  if (text.starts_with("%(")) text = text.substr(0, text.find(')'));
  while (!text.empty() && !in_word(text.front())) text.remove_prefix(1);
  while (!text.empty() && !in_word(text.back())) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), in_word) ? text : std::string_view();
}

bool is_positional(std::string_view placeholder) {
  return placeholder == "?" || placeholder == "{}" ||
         (placeholder.size() > 1 && placeholder[0] == '%' && placeholder[1] != '(');
}

// Where a name stands as a word of its own.
std::size_t find_word(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !in_word(text[at - 1]);
    const std::size_t end = at + name.size();
    if (begins && (end == text.size() || !in_word(text[end]))) return at;
  }
  return std::string_view::npos;
}

// The value beside `name` among the arguments: {"name": value}, name=value, dict(name=value), new { name = value }.
std::string named_argument(std::string_view name, const Use& use) {
  for (const std::string& argument : use.arguments) {
    const std::size_t at = find_word(argument, name);
    if (at == std::string::npos) continue;
    const std::size_t begin = argument.find_first_not_of("\"'` \t:=>", at + name.size());
    if (begin == std::string::npos || begin == at + name.size()) continue;
    std::string value = argument.substr(begin, argument.find_first_of(",}", begin) - begin);
    const bool closes = value.ends_with(')') && value.find('(') == std::string::npos;
    if (closes) value.pop_back();
    return value;
  }
  return {};
}

// $n that SQL has itself, between the holes.
void add_native(Fragment& fragment, const Use& use) {
  std::vector<Hole> found;
  const std::string& sql = fragment.sql;
  for (std::size_t at = sql.find('$'); at != std::string::npos; at = sql.find('$', at + 1)) {
    std::size_t number = 0;
    std::size_t end = at + 1;
    while (end < sql.size() && end < at + 4 && std::isdigit(static_cast<unsigned char>(sql[end])) != 0)
      number = number * 10 + static_cast<std::size_t>(sql[end++] - '0');
    if (number == 0 || number > use.arguments.size()) continue;
    const bool known = std::any_of(fragment.holes.begin(), fragment.holes.end(),
                                   [&](const Hole& hole) { return hole.begin <= at && at < hole.end; });
    if (known) continue;
    found.push_back({.kind = Hole::Kind::parameter,
                     .begin = at,
                     .end = end,
                     .source = use.arguments[number - 1],
                     .place = fragment.place(at)});
  }
  fragment.holes.insert(fragment.holes.end(), found.begin(), found.end());
  std::stable_sort(fragment.holes.begin(), fragment.holes.end(),
                   [](const Hole& a, const Hole& b) { return a.begin < b.begin; });
}

}  // namespace

std::string_view counted_by(TSNode loop, std::string_view bytes, Children& children) {
  std::size_t end = ts_node_end_byte(loop);
  std::string_view block;
  for (const TSNode& child : children.of(loop)) {
    const std::string_view type = type_of(child);
    if (type == "do_block" || type == "block") block = source(child, bytes);
    if (is_block(type) || type == "do_block" || type == "do_group" || type == "control_structure_body")
      end = std::min<std::size_t>(end, ts_node_start_byte(child));
  }
  const std::size_t begin = ts_node_start_byte(loop);
  const std::string_view head = bytes.substr(begin, std::min(end - begin, longest_head));
  if (is_call(type_of(loop))) {
    const bool counts = head.find("..") != head.npos || head.find(".upto") != head.npos ||
                        head.find(".downto") != head.npos || head.find(".times") != head.npos;
    const std::size_t bar = block.find('|');
    return counts && bar < 8 ? word_behind(block, bar + 1) : std::string_view();
  }
  if (!head.starts_with("for")) return {};
  if (const std::size_t in = head.find(" in "); in != head.npos) return counted_in(head, in);
  return stepped(head);
}

std::vector<std::string> arguments_behind(TSNode node, TSNode call, std::string_view bytes, Children& children) {
  std::vector<std::string> found;
  const auto add = [&](TSNode argument) {
    if (found.size() < most_arguments) found.emplace_back(source(argument, bytes).substr(0, longest_argument));
  };
  const auto known = call_of(call, bytes, children);
  if (!known) return found;
  for (const TSNode& argument : known->arguments) {
    if (ts_node_start_byte(argument) < ts_node_end_byte(node)) continue;
    if (is_list(type_of(argument))) {
      std::vector<TSNode> values = children.named(argument);
      // Of many rows the first one stands for all.
      const bool many = known->name == "executemany" || known->name == "execute_batch";
      if (many && !values.empty() && is_list(type_of(values[0]))) values = children.named(values[0]);
      for (const TSNode& value : values) add(value);
    } else {
      add(argument);
    }
  }
  return found;
}

void name_parameters(Fragment& fragment, const Use& use) {
  if (!use.arguments.empty()) {
    std::size_t next = 0;
    for (Hole& hole : fragment.holes) {
      if (is_positional(hole.source)) {
        if (next < use.arguments.size()) hole.source = use.arguments[next++];
      } else if (const std::string_view name = only_name(hole.source); !name.empty()) {
        const bool placeholder = hole.source[0] == ':' || hole.source[0] == '@' || hole.source[0] == '%';
        std::string value = placeholder ? named_argument(name, use) : std::string();
        if (!value.empty()) hole.source = std::move(value);
      }
    }
    add_native(fragment, use);
  }
  for (const Hole& hole : fragment.holes) {
    if (hole.kind != Hole::Kind::parameter) continue;
    const std::string_view name = only_name(hole.source);
    const bool counts =
        !name.empty() && std::find(use.counters.begin(), use.counters.end(), name) != use.counters.end();
    if (!counts && !is_range(hole.source)) continue;
    fragment.loops.push_back(
        {.variable = fragment.sql.substr(hole.begin, hole.end - hole.begin), .begin = 0, .end = fragment.sql.size()});
  }
}

}  // namespace source
