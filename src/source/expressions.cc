#include "source/expressions.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "source/among.h"
#include "source/call_names.h"
#include "source/escape.h"
#include "source/reading.h"

namespace source {
namespace {

constexpr int deepest_expression = 40;
constexpr std::size_t longest_name = 100;

bool is_character(std::string_view type) {
  return among<3>({"char_literal", "character_literal", "rune_literal"}, type);
}

}  // namespace

std::string_view Expressions::source(TSNode node) const {
  return bytes_.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node));
}

bool Expressions::joins(std::string_view op) const {
  return op == "+" || op == "<<" || (language_ == Language::php && op == ".");
}

std::string_view Expressions::name_of(TSNode node) const {
  std::string_view type = type_of(node);
  if (type == "simple_expansion" || type == "expansion") {
    if (ts_node_named_child_count(node) != 1) return {};
    const std::size_t braces = type == "expansion" ? 3 : 1;
    const std::string_view whole = source(node);
    node = ts_node_named_child(node, 0);
    type = type_of(node);
    if (source(node).size() + braces != whole.substr(std::min(whole.find('$'), whole.size())).size()) return {};
  }
  if (!is_name(type) && !is_member(type) && type != "name" && type != "class_constant_access_expression") return {};
  const std::string_view name = source(node);
  return name.size() > longest_name || name.find_first_of(" \n(") != std::string_view::npos ? std::string_view() : name;
}

Evaluated Expressions::evaluate(TSNode node, const Variable* self, bool list) {
  Evaluated result;
  Reading reading{.result = result, .self = self, .top = node, .list = list};
  result.has_string = read(node, reading, 0);
  result.names_only = !reading.own && !result.used.empty();
  return result;
}

void Expressions::read_hole(TSNode node, Reading& reading) {
  strings_.read_hole(node, reading.into());
  reading.own = true;
  if (ts_node_eq(node, reading.top) || is_infix(type_of(node))) return read_rest(children_.of(node), reading);
  reading.result.unread.push_back(node);
}

void Expressions::read_rest(const std::vector<TSNode>& nodes, Reading& reading) {
  reading.result.unread.insert(reading.result.unread.end(), nodes.begin(), nodes.end());
}

// Operands from left to right, however many there are.
bool Expressions::read(TSNode top, Reading& reading, int depth) {
  std::vector<TSNode> parts{top};
  bool found = false;
  while (!parts.empty()) {
    const TSNode node = parts.back();
    parts.pop_back();
    const std::string_view type = type_of(node);
    if (is_infix(type) && ts_node_child_count(node) == 3) {
      const std::string_view op = source(ts_node_child(node, 1));
      if (joins(op)) {
        parts.push_back(ts_node_child(node, 2));
        parts.push_back(ts_node_child(node, 0));
        continue;
      }
      if (op == "%") {
        const TSNode values = ts_node_child(node, 2);
        Call call{.arguments = {ts_node_child(node, 0)}};
        const bool holds = is_list(type_of(values)) || type_of(values) == "dictionary" || type_of(values) == "hash";
        const std::vector<TSNode> several = holds ? children_.named(values) : std::vector{values};
        call.arguments.insert(call.arguments.end(), several.begin(), several.end());
        if (is_pattern(call.arguments[0])) {
          found = read_format(call, reading, depth) || found;
          continue;
        }
      }
    }
    if (is_row(type)) {
      const std::vector<TSNode> row = children_.of(node);
      parts.insert(parts.end(), row.rbegin(), row.rend());
    } else if (is_parenthesized(type) && ts_node_named_child_count(node) > 0) {
      const std::vector<TSNode> inner = children_.named(node);
      parts.insert(parts.end(), inner.rbegin(), inner.rend());
    } else if (ts_node_is_named(node) && !is_comment(type)) {
      found = read_operand(node, reading, depth) || found;
    }
  }
  return found;
}

bool Expressions::read_operand(TSNode node, Reading& reading, int depth) {
  const std::string_view type = type_of(node);
  if (is_string(type)) {
    read_string(node, reading, depth);
    return true;
  }
  if (type == "heredoc_beginning") {
    if (const TSNode body = body_of(node); !ts_node_is_null(body)) {
      bodies_.insert(ts_node_start_byte(body));
      read_string(body, reading, depth);
      return true;
    }
  }
  if (is_number(type)) {
    strings_.read_word(node, reading.into());
    reading.own = true;
    return type == "word";
  }
  if (is_character(type) && source(node).size() > 2) {
    const std::string_view text = source(node).substr(1, source(node).size() - 2);
    reading.into().insert(unescape(text), ts_node_start_byte(node), {});
    reading.own = true;
    return true;
  }
  if (const std::string_view name = name_of(node); !name.empty())
    return read_name(node, name, ts_node_start_byte(node), reading);
  if (depth < deepest_expression) {
    if (reading.list && is_list(type)) return read_list(node, reading, depth);
    if (type == "element_value_array_initializer") return read_lines(node, reading, depth);
    if (is_choice(type) && read_choice(node, reading, depth)) return true;
    if (is_call(type) && read_call(node, reading, depth)) return true;
    const bool prefixed = type == "unary" || type == "unary_expression" || type == "pointer_expression" ||
                          type == "reference_expression" || type == "argument_list" || type == "initializer_list";
    if (prefixed && ts_node_named_child_count(node) == 1) {
      const TSNode inner = ts_node_named_child(node, 0);
      if (is_string(type_of(inner)) || !name_of(inner).empty()) return read_operand(inner, reading, depth + 1);
    }
  }
  read_hole(node, reading);
  return false;
}

Variable* Expressions::variable_named(std::string_view name) const {
  if (name.empty()) return nullptr;
  Variable* variable = scopes_.find(name);
  if (variable) return variable;
  // self.BASE, this.base, Queries.BASE, self::BASE: a constant of a class around us.
  const std::size_t end = name.find_last_of(".:>");
  if (end == std::string_view::npos || end == 0) return nullptr;
  const std::string_view object = name.substr(0, name.find_first_of(".:-"));
  static constexpr std::array<std::string_view, 5> own = {"self", "this", "$this", "static", "cls"};
  if (!among(own, object) && (object.empty() || std::isupper(static_cast<unsigned char>(object[0])) == 0))
    return nullptr;
  variable = scopes_.find(name.substr(end + 1));
  return variable && scopes_.is_outer(*variable) ? variable : nullptr;
}

// Where a here-document's text stands: behind the line that it begins in, beside one of what surrounds it.
TSNode Expressions::body_of(TSNode heredoc) {
  TSNode around = heredoc;
  for (int level = 0; level < 12 && !ts_node_is_null(around); ++level, around = ts_node_parent(around)) {
    TSNode next = ts_node_next_named_sibling(around);
    for (int step = 0; step < 4 && !ts_node_is_null(next); ++step, next = ts_node_next_named_sibling(next)) {
      if (type_of(next) == "heredoc_body" && !has_read(next)) return next;
    }
  }
  return {};
}

bool Expressions::read_name(TSNode node, std::string_view name, std::size_t at, Reading& reading) {
  Variable* variable = variable_named(name);
  const bool leads = reading.into().empty() && !reading.result.continues && !reading.own;
  if (variable && variable == reading.self && leads) {
    reading.result.continues = true;
    return true;
  }
  const std::size_t size = variable ? variable->value.size() : 0;
  const bool known = variable && !variable->opaque && !variable->value.empty() && !variable->value.is_list() &&
                     copied_ + size <= 4 * bytes_.size() + (std::size_t{1} << 20);
  if (known) {
    copied_ += size;
    if (scopes_.is_outer(*variable) || variable->value.is_one_word()) {
      reading.into().add_at(variable->value, at, lines_.place(at));
    } else {
      reading.into().add(variable->value, {});
    }
    reading.result.used.push_back(variable);
    return variable->value.has_words();
  }
  if (ts_node_is_null(node)) return false;
  read_hole(node, reading);
  return false;
}

void Expressions::read_string(TSNode node, Reading& reading, int depth) {
  std::size_t filled = 0;
  const std::size_t before = reading.into().size();
  const bool led = reading.own;
  const auto fill = [&](TSNode hole, std::string_view name, Assembly& into) {
    std::size_t at = ts_node_start_byte(node);
    std::vector<TSNode> inner;
    if (!ts_node_is_null(hole)) {
      at = ts_node_start_byte(hole);
      inner = children_.of(hole);
      std::erase_if(inner, [](TSNode part) { return is_delimiter(part, type_of(part)); });
      name = name_of(hole);
      if (name.empty() && inner.size() == 1) name = name_of(inner[0]);
    }
    const Variable* variable = name.empty() ? nullptr : variable_named(name);
    if (variable && (!variable->opaque || variable == reading.self) && !variable->value.is_list()) {
      reading.own = led || into.size() > before + filled;
      const std::size_t size = into.size();
      if (read_name({}, name, at, reading) || into.size() > size) {
        filled += into.size() - size;
        return true;
      }
    }
    if (ts_node_is_null(hole)) return false;
    if (inner.size() == 1 && depth < deepest_expression && read_in_hole(inner[0], into, reading, depth + 1))
      return true;
    read_rest(children_.of(hole), reading);
    return false;
  };
  strings_.read(node, reading.into(), fill);
  if (reading.into().empty()) reading.into().insert({}, 0, {});
  reading.own = led || reading.into().size() > before + filled || filled == 0;
}

// A choice, a joined list or a name of SQL in a string's hole.
bool Expressions::read_in_hole(TSNode node, Assembly& into, Reading& reading, int depth) {
  while (is_parenthesized(type_of(node)) && ts_node_named_child_count(node) == 1) node = ts_node_named_child(node, 0);
  const bool chooses = is_choice(type_of(node));
  const auto call = call_of(node, bytes_, children_);
  const auto makes = [&] {
    const std::string_view object = ts_node_is_null(call->object) ? std::string_view() : source(call->object);
    return joins_list(call->name) || quotes_name(object, call->name) || quotes_value(call->name);
  };
  if (!chooses && !(call && makes())) return false;
  Evaluated made;
  Reading inner{.result = made, .top = node};
  const bool read = chooses ? read_choice(node, inner, depth) : read_call(node, inner, depth);
  if (!read || made.value.is_list() || made.value.is_one_hole()) return false;
  into.add(made.value, {});
  read_rest(made.unread, reading);
  reading.result.used.insert(reading.result.used.end(), made.used.begin(), made.used.end());
  return true;
}

// cond ? "a" : "b": one or the other.
bool Expressions::read_choice(TSNode node, Reading& reading, int depth) {
  std::vector<TSNode> sides;
  std::vector<TSNode> rest;
  const bool python = language_ == Language::python;
  for (const auto& [child, field] : children_.with_fields(node)) {
    if (!ts_node_is_named(child) || is_comment(type_of(child))) continue;
    if (field == "condition" || (python && sides.size() == 1 && rest.empty())) {
      rest.push_back(child);
    } else {
      sides.push_back(child);
    }
  }
  if (sides.empty() || sides.size() > 2) return false;
  for (TSNode& side : sides) {
    for (int level = 0; level < 3; ++level) {
      const std::string_view type = type_of(side);
      const bool holder = type == "else_clause" || type == "block" || type == "control_structure_body";
      if (holder && ts_node_named_child_count(side) == 1) side = ts_node_named_child(side, 0);
    }
  }
  const std::uint32_t fork = scopes_.new_fork();
  bool found = false;
  std::vector<Evaluated> values;
  for (const TSNode& side : sides) {
    Evaluated& value = values.emplace_back();
    Reading inner{.result = value, .top = reading.top};
    value.has_string = read(side, inner, depth + 1);
    found = found || value.has_string;
  }
  if (!found) return false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Assembly empty;
    if (!values[i].has_string) empty.insert({}, 0, {});
    reading.into().add(values[i].has_string ? values[i].value : empty, {{fork, static_cast<int>(i)}});
    read_rest(values[i].unread, reading);
    reading.result.used.insert(reading.result.used.end(), values[i].used.begin(), values[i].used.end());
  }
  read_rest(rest, reading);
  reading.own = true;
  return true;
}

}  // namespace source
