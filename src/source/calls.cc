// Calls that make strings: joins and builders.
#include <algorithm>
#include <optional>

#include "source/call_names.h"
#include "source/reading.h"

namespace source {
bool Expressions::read_list(TSNode node, Reading& reading, int depth) {
  std::vector<TSNode> items;
  std::vector<TSNode> holders{node};
  for (int level = 0; level < 4 && !holders.empty(); ++level) {
    const TSNode holder = holders.back();
    holders.pop_back();
    for (const TSNode& child : children_.named(holder)) {
      const std::string_view type = type_of(child);
      const bool nested = type == "literal_value" || type == "initializer_expression" || type == "array_initializer";
      if (nested && items.empty()) {
        holders.push_back(child);
      } else if (!type.ends_with("_type") && type != "type_identifier" && type != "dimensions") {
        items.push_back(child);
      }
    }
  }
  reading.into().make_list();
  bool found = items.empty();
  for (TSNode item : items) {
    const std::string_view type = type_of(item);
    if (type == "array_element_initializer" || type == "literal_element" || type == "argument") {
      item = ts_node_named_child(item, ts_node_named_child_count(item) - 1);
    }
    Evaluated one = evaluate(item, nullptr, false);
    reading.into().begin_item();
    reading.into().add(one.value, {});
    read_rest(one.unread, reading);
    reading.result.used.insert(reading.result.used.end(), one.used.begin(), one.used.end());
    found = found || one.has_string;
  }
  (void)depth;
  reading.own = true;
  return found;
}

bool Expressions::read_join(TSNode separator, const std::vector<TSNode>& items, TSNode list, Reading& reading,
                            int depth) {
  Evaluated joined;
  if (!ts_node_is_null(list)) {
    Variable* variable = scopes_.find(name_of(list));
    if (variable && variable->value.is_list()) {
      variable->joined = true;
      if (variable->opaque || copied_ + variable->value.size() > 4 * bytes_.size() + (std::size_t{1} << 20))
        return false;
      copied_ += variable->value.size();
      joined.value = variable->value;
      joined.has_string = true;
    } else {
      Reading inner{.result = joined, .top = reading.top, .list = true};
      const bool is_maker = is_list(type_of(list)) || is_call(type_of(list));
      if (!is_maker || !read_operand(list, inner, depth + 1) || !joined.value.is_list()) return false;
      joined.has_string = true;
    }
  } else {
    for (const TSNode& item : items) {
      Evaluated one = evaluate(item, nullptr, false);
      joined.value.begin_item();
      joined.value.add(one.value, {});
      joined.has_string = joined.has_string || one.has_string;
      joined.unread.insert(joined.unread.end(), one.unread.begin(), one.unread.end());
    }
    if (!joined.has_string) return false;
  }
  Assembly between;
  if (!ts_node_is_null(separator) && is_string(type_of(separator)))
    strings_.read(separator, between, [](TSNode, std::string_view, Assembly&) { return false; });
  joined.value.join(between, ++lists_);
  reading.into().add(joined.value, {});
  read_rest(joined.unread, reading);
  reading.own = true;
  return true;
}

// A list whose items are lines of one text.
bool Expressions::read_lines(TSNode node, Reading& reading, int depth) {
  Evaluated joined;
  Reading inner{.result = joined, .top = reading.top};
  if (!read_list(node, inner, depth)) return false;
  Assembly blank;
  blank.insert(" ", ts_node_start_byte(node), lines_.place(ts_node_start_byte(node)));
  joined.value.join(blank, ++lists_);
  reading.into().add(joined.value, {});
  read_rest(joined.unread, reading);
  reading.own = true;
  return true;
}

bool Expressions::read_call(TSNode node, Reading& reading, int depth) {
  const auto call = call_of(node, bytes_, children_);
  if (!call) return false;
  const bool has_object = !ts_node_is_null(call->object);
  const std::string_view object = has_object ? source(call->object) : std::string_view();
  const auto& arguments = call->arguments;
  const auto argument = [&](std::size_t i) { return i < arguments.size() ? arguments[i] : TSNode{}; };
  if (read_name_of_sql(*call, node, reading)) return true;
  if (call->name == "Composed" && !arguments.empty()) return read_join({}, {}, arguments[0], reading, depth);
  if (fills_names(*call)) return read_filled(*call, reading, depth);
  if (joins_list(call->name)) {
    if (has_object && (is_string(type_of(call->object)) || wraps_text(call->object)))
      return read_join(text_in(call->object), {}, argument(0), reading, depth);
    if (object == "strings") return read_join(argument(1), {}, argument(0), reading, depth);
    if (object == "String" || object == "string" || !has_object) {
      const bool one_list = arguments.size() == 2 && !is_string(type_of(arguments[1]));
      if (one_list) return read_join(argument(0), {}, arguments[1], reading, depth);
      if (arguments.size() < 2) return false;
      return read_join(argument(0), {arguments.begin() + 1, arguments.end()}, {}, reading, depth);
    }
    return read_join(argument(0), {}, call->object, reading, depth);
  }
  if (formats(call->name)) return read_format(*call, reading, depth);
  if (replaces(call->name) && read_replaced(*call, reading, depth)) return true;
  if (concatenates(call->name)) {
    if (has_object && arguments.empty()) return read_join({}, {}, call->object, reading, depth);
    const bool is_free = object == "string" || object == "String" || call->name == "StrCat";
    if (has_object && !is_string(type_of(call->object)) && !is_free) return false;
    std::vector<TSNode> parts = arguments;
    if (has_object && is_string(type_of(call->object))) parts.insert(parts.begin(), call->object);
    if (std::none_of(parts.begin(), parts.end(), [](TSNode part) { return is_string(type_of(part)); })) return false;
    for (const TSNode& part : parts) read(part, reading, depth + 1);
    return true;
  }
  if (reading.list && makes_list(call->name)) {
    if (!ts_node_is_null(call->items)) return read_list(call->items, reading, depth);
    reading.into().make_list();
    for (const TSNode& item : arguments) {
      Evaluated one = evaluate(item, nullptr, false);
      reading.into().begin_item();
      reading.into().add(one.value, {});
      read_rest(one.unread, reading);
    }
    reading.own = true;
    return true;
  }
  if (language_ == Language::go && call->name == "append" && !has_object && arguments.size() > 1 && reading.self &&
      name_of(arguments[0]) == reading.self->name) {
    reading.result.continues = true;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      Evaluated one = evaluate(arguments[i], nullptr, false);
      reading.into().begin_item();
      reading.into().add(one.value, {});
      read_rest(one.unread, reading);
    }
    reading.own = true;
    return true;
  }
  const bool constructs = call->name == "new" || call->name == "from";
  const bool builder = makes_builder(call->name) ||
                       (constructs && (object == "String" || object.find("QueryBuilder") != std::string_view::npos)) ||
                       (constructs && language_ == Language::csharp);
  if (reading.list && constructs && object == "Vec") {
    reading.into().make_list();
    return true;
  }
  if (builder && arguments.empty()) {
    reading.into().insert({}, 0, {});
    return true;
  }
  if (builder && arguments.size() == 1) return read(arguments[0], reading, depth + 1);
  if (takes_lambda(call->name)) {
    // What its lambda appends comes together in a variable without a name.
    const std::vector<TSNode> parts = children_.of(node);
    if (language_ != Language::kotlin || !type_of(parts.back()).ends_with("lambda")) return false;
    Variable& made = scopes_.declare("");
    made.opaque = false;
    made.bare = true;
    if (has_object) {
      Evaluated start = evaluate(call->object, nullptr, false);
      if (start.has_string) scopes_.append(made, start.value, false);
    }
    strings_.read_hole(node, reading.into());
    reading.own = true;
    reading.result.unread.push_back(parts.back());
    return true;
  }
  if (!has_object) return false;
  if (appends(call->name)) {
    // new StringBuilder("a").append("b")
    const std::string_view type = type_of(call->object);
    if (!is_call(type) || !read_call(call->object, reading, depth + 1)) return false;
    for (const TSNode& one : arguments) read(one, reading, depth + 1);
    if (ends_line(call->name)) reading.into().insert("\n", ts_node_end_byte(node), {});
    return true;
  }
  const std::string_view type = type_of(call->object);
  const bool literal =
      is_string(type) || type == "heredoc_beginning" || is_row(type) || is_parenthesized(type) || is_call(type);
  if (!literal && !(passes(call->name) && !name_of(call->object).empty())) return false;
  if (is_call(type) && !passes(call->name)) return false;
  Evaluated inner;
  Reading deeper{.result = inner, .top = reading.top};
  if (!read(call->object, deeper, depth + 1)) return false;
  if (call->name == "trimMargin") inner.value.trim_margin();
  reading.into().add(inner.value, {});
  read_rest(inner.unread, reading);
  read_rest(arguments, reading);
  reading.result.used.insert(reading.result.used.end(), inner.used.begin(), inner.used.end());
  reading.own = reading.own || deeper.own;
  return true;
}

}  // namespace source
