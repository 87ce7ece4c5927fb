#include "source/phrases.h"

#include <cstdint>

#include "source/among.h"
#include "source/syntax.h"

namespace source {
namespace {

std::string_view source(TSNode node, std::string_view bytes) {
  return bytes.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node));
}

TSNode field(TSNode node, std::string_view name) {
  return ts_node_child_by_field_name(node, name.data(), static_cast<std::uint32_t>(name.size()));
}

template <std::size_t N>
TSNode first_field(TSNode node, const Types<N>& names) {
  for (const std::string_view name : names) {
    const TSNode found = field(node, name);
    if (!ts_node_is_null(found)) return found;
  }
  return {};
}

TSNode last_named(TSNode node) {
  const std::uint32_t count = ts_node_named_child_count(node);
  return count == 0 ? TSNode{} : ts_node_named_child(node, count - 1);
}

bool is_arguments(std::string_view type) {
  static constexpr Types<4> types = {"argument_list", "arguments", "value_arguments", "token_tree"};
  return among(types, type);
}

// One argument, item or declarator without what the grammar wraps it in.
TSNode unwrapped(TSNode node) {
  static constexpr Types<9> wrappers = {"argument",
                                        "value_argument",
                                        "array_element_initializer",
                                        "literal_element",
                                        "expression_list",
                                        "pointer_declarator",
                                        "reference_declarator",
                                        "mut_pattern",
                                        "parenthesized_statements"};
  // Before its type: a name of Kotlin's, a value of TypeScript's.
  static constexpr Types<3> typed = {"variable_declaration", "as_expression", "satisfies_expression"};
  for (int depth = 0; depth < 8 && !ts_node_is_null(node); ++depth) {
    if (among(typed, type_of(node))) {
      node = ts_node_named_child(node, 0);
    } else if (among(wrappers, type_of(node))) {
      node = last_named(node);
    } else {
      return node;
    }
  }
  return node;
}

}  // namespace

std::vector<TSNode> Children::of(TSNode node) {
  std::vector<TSNode> found;
  ts_tree_cursor_reset(&cursor_, node);
  if (!ts_tree_cursor_goto_first_child(&cursor_)) return found;
  do found.push_back(ts_tree_cursor_current_node(&cursor_));
  while (ts_tree_cursor_goto_next_sibling(&cursor_));
  return found;
}

std::vector<Children::Child> Children::with_fields(TSNode node) {
  std::vector<Child> found;
  ts_tree_cursor_reset(&cursor_, node);
  if (!ts_tree_cursor_goto_first_child(&cursor_)) return found;
  do {
    const char* name = ts_tree_cursor_current_field_name(&cursor_);
    found.push_back({ts_tree_cursor_current_node(&cursor_), name ? name : ""});
  } while (ts_tree_cursor_goto_next_sibling(&cursor_));
  return found;
}

std::vector<TSNode> Children::named(TSNode node) {
  std::vector<TSNode> found = of(node);
  std::erase_if(found, [](TSNode child) { return !ts_node_is_named(child) || is_comment(type_of(child)); });
  return found;
}

bool joins_its_lines(TSNode array, std::string_view bytes) {
  static constexpr Types<4> annotations = {"Select", "Insert", "Update", "Delete"};
  TSNode around = ts_node_parent(array);
  if (!ts_node_is_null(around) && type_of(around) == "annotation_argument_list") around = ts_node_parent(around);
  return !ts_node_is_null(around) && type_of(around) == "annotation" &&
         among(annotations, source(field(around, "name"), bytes));
}

std::optional<Call> call_of(TSNode node, std::string_view bytes, Children& children) {
  static constexpr Types<6> callees = {"function", "method", "macro", "constructor", "type", "name"};
  static constexpr Types<3> objects = {"object", "receiver", "scope"};
  if (!is_call(type_of(node))) return std::nullopt;
  Call call;
  TSNode callee = first_field(node, callees);
  call.object = first_field(node, objects);
  const std::vector<TSNode> parts = children.of(node);
  const bool is_new = !parts.empty() && source(parts.front(), bytes) == "new";
  if (ts_node_is_null(callee) && !parts.empty()) callee = parts[is_new && parts.size() > 2 ? 1 : 0];
  const std::string_view type = type_of(callee);
  if (is_member(type) || type == "scoped_identifier" || type == "qualified_identifier" || type == "qualified_name") {
    call.object = ts_node_child(callee, 0);
    callee = last_named(callee);
  } else if (type == "generic_name" || type == "generic_type") {
    callee = ts_node_named_child(callee, 0);
  }
  if (ts_node_is_null(callee)) return std::nullopt;
  call.name = source(callee, bytes);
  for (const TSNode& part : parts) {
    if (type_of(part) == "initializer_expression") call.items = part;
    if (!is_arguments(type_of(part))) continue;
    for (const TSNode& argument : children.named(part)) call.arguments.push_back(unwrapped(argument));
  }
  return call;
}

std::optional<Assignment> assignment_of(TSNode node, std::string_view bytes, Language language, Children& children) {
  static constexpr Types<4> targets = {"left", "name", "declarator", "pattern"};
  static constexpr Types<3> values = {"right", "value", "default_value"};
  const std::string_view type = type_of(node);
  const bool declares = is_declaration(type);
  if (!declares && !is_assignment(type)) return std::nullopt;
  // Both hold declarators of their own where there is a value; what is asked here is `std::string q;`.
  const bool bare = type == "declaration" || type == "field_declaration";
  if (bare && (language != Language::cpp || !is_name(type_of(unwrapped(field(node, "declarator"))))))
    return std::nullopt;
  Assignment found;
  found.kind = declares ? Assignment::Kind::declare : Assignment::Kind::replace;
  found.target = first_field(node, targets);
  found.value = first_field(node, values);
  std::string_view sign;
  for (const TSNode& child : children.of(node)) {
    if (!ts_node_is_named(child)) {
      const std::string_view text = source(child, bytes);
      if (text.ends_with('=')) sign = text;
    } else if (ts_node_is_null(found.target)) {
      const std::string_view child_type = type_of(child);
      if (child_type == "variable_declaration" || child_type == "name" || is_name(child_type)) found.target = child;
    } else if (!sign.empty() && ts_node_is_null(found.value)) {
      found.value = child;
    }
  }
  if (sign == "+=" || sign == ".=") {
    found.kind = Assignment::Kind::append;
  } else if (!sign.empty() && sign != "=" && sign != ":=") {
    return std::nullopt;
  }
  const auto count = [](TSNode of) { return type_of(of) == "expression_list" ? ts_node_named_child_count(of) : 1; };
  if (ts_node_is_null(found.target) || count(found.target) != 1) return std::nullopt;
  if (!ts_node_is_null(found.value) && count(found.value) != 1) return std::nullopt;
  // $list[] = "…" appends an item.
  if (type_of(found.target) == "subscript_expression" && ts_node_named_child_count(found.target) == 1) {
    found.kind = Assignment::Kind::append;
    found.target = ts_node_named_child(found.target, 0);
  }
  found.target = unwrapped(found.target);
  found.value = unwrapped(found.value);
  return found;
}

}  // namespace source
