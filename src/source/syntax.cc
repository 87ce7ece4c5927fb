#include "source/syntax.h"

#include <algorithm>
#include <array>

extern "C" {
const TSLanguage* tree_sitter_bash();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_kotlin();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
const TSLanguage* tree_sitter_tsx();
const TSLanguage* tree_sitter_typescript();
}

namespace source {
namespace {

template <std::size_t N>
using Types = std::array<std::string_view, N>;

template <std::size_t N>
bool among(const Types<N>& types, std::string_view type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

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

constexpr Types<16> declaring = {"variable_declarator",
                                 "public_field_definition",
                                 "field_definition",
                                 "const_spec",
                                 "var_spec",
                                 "short_var_declaration",
                                 "property_declaration",
                                 "const_element",
                                 "property_element",
                                 "let_declaration",
                                 "const_item",
                                 "static_item",
                                 "init_declarator",
                                 "declaration",
                                 "field_declaration",
                                 "static_variable_declaration"};
constexpr Types<8> assigning = {
    "assignment",          "augmented_assignment", "assignment_expression",    "augmented_assignment_expression",
    "operator_assignment", "assignment_statement", "compound_assignment_expr", "variable_assignment"};

// Which of a grammar's node types the reader has a look at.
std::vector<bool> telling(Language language) {
  static constexpr Types<12> others = {"comparison_operator",
                                       "element_value_array_initializer",
                                       "command",
                                       "class_constant_access_expression",
                                       "name",
                                       "expansion",
                                       "simple_expansion",
                                       "heredoc_body",
                                       "heredoc_beginning",
                                       "preproc_def",
                                       "preproc_function_def",
                                       "jsx_attribute"};
  const TSLanguage* grammar_of = grammar(language);
  std::vector<bool> result(ts_language_symbol_count(grammar_of));
  for (std::size_t symbol = 0; symbol < result.size(); ++symbol) {
    const std::string_view type = ts_language_symbol_name(grammar_of, static_cast<TSSymbol>(symbol));
    result[symbol] = is_comment(type) || is_name(type) || is_member(type) || is_string(type) || is_row(type) ||
                     is_infix(type) || is_call(type) || is_function(type, language) || is_fork(type, language) ||
                     is_parameters(type) || among(declaring, type) || among(assigning, type) || among(others, type);
  }
  return result;
}

}  // namespace

const TSLanguage* grammar(Language language) {
  switch (language) {
    case Language::python:
      return tree_sitter_python();
    case Language::javascript:
      return tree_sitter_javascript();
    case Language::typescript:
      return tree_sitter_typescript();
    case Language::tsx:
      return tree_sitter_tsx();
    case Language::go:
      return tree_sitter_go();
    case Language::ruby:
      return tree_sitter_ruby();
    case Language::java:
      return tree_sitter_java();
    case Language::kotlin:
      return tree_sitter_kotlin();
    case Language::php:
      return tree_sitter_php();
    case Language::csharp:
      return tree_sitter_c_sharp();
    case Language::rust:
      return tree_sitter_rust();
    case Language::cpp:
      return tree_sitter_cpp();
    case Language::shell:
      return tree_sitter_bash();
    case Language::sql:
      break;
  }
  return nullptr;
}

std::string_view type_of(TSNode node) {
  return ts_node_is_null(node) ? std::string_view() : ts_node_type(node);
}

bool is_string(std::string_view type) {
  static constexpr Types<15> types = {"string",
                                      "string_literal",
                                      "raw_string_literal",
                                      "interpreted_string_literal",
                                      "template_string",
                                      "encapsed_string",
                                      "heredoc",
                                      "nowdoc",
                                      "heredoc_body",
                                      "multiline_string_literal",
                                      "verbatim_string_literal",
                                      "interpolated_string_expression",
                                      "raw_string",
                                      "ansi_c_string",
                                      "bare_string"};
  return among(types, type);
}

bool is_row(std::string_view type) {
  return type == "concatenated_string" || type == "chained_string" || type == "concatenation";
}

bool is_infix(std::string_view type) {
  return type == "binary_operator" || type == "binary_expression" || type == "binary";
}

bool is_parenthesized(std::string_view type) {
  return type == "parenthesized_expression" || type == "parenthesized_statements";
}

bool is_call(std::string_view type) {
  static constexpr Types<11> types = {"call",
                                      "call_expression",
                                      "method_invocation",
                                      "invocation_expression",
                                      "function_call_expression",
                                      "member_call_expression",
                                      "scoped_call_expression",
                                      "object_creation_expression",
                                      "implicit_object_creation_expression",
                                      "new_expression",
                                      "macro_invocation"};
  return among(types, type);
}

bool is_member(std::string_view type) {
  static constexpr Types<7> types = {"attribute",          "member_expression", "navigation_expression",
                                     "field_expression",   "field_access",      "member_access_expression",
                                     "selector_expression"};
  return among(types, type);
}

bool is_name(std::string_view type) {
  static constexpr Types<6> types = {"identifier",        "variable_name", "property_identifier",
                                     "instance_variable", "constant",      "global_variable"};
  return among(types, type);
}

bool is_comment(std::string_view type) {
  return type == "comment" || type == "line_comment" || type == "block_comment" || type == "multiline_comment";
}

bool is_content(std::string_view type) {
  static constexpr Types<11> types = {"string_content",
                                      "string_fragment",
                                      "interpreted_string_literal_content",
                                      "raw_string_literal_content",
                                      "raw_string_content",
                                      "multiline_string_fragment",
                                      "string_literal_content",
                                      "heredoc_content",
                                      "nowdoc_string",
                                      "nowdoc_body",
                                      "heredoc_body"};
  return among(types, type);
}

bool is_escape(std::string_view type) {
  return type == "escape_sequence" || type == "escape_interpolation" || type == "character_escape_seq";
}

bool is_number(std::string_view type) {
  static constexpr Types<7> types = {"integer",         "number",         "int_literal", "decimal_integer_literal",
                                     "integer_literal", "number_literal", "word"};
  return among(types, type);
}

bool is_list(std::string_view type) {
  static constexpr Types<13> types = {"list",
                                      "tuple",
                                      "array",
                                      "string_array",
                                      "array_expression",
                                      "array_creation_expression",
                                      "implicit_array_creation_expression",
                                      "array_initializer",
                                      "initializer_expression",
                                      "initializer_list",
                                      "collection_expression",
                                      "composite_literal",
                                      "literal_value"};
  return among(types, type);
}

bool is_choice(std::string_view type) {
  static constexpr Types<4> types = {"conditional_expression", "ternary_expression", "conditional", "if_expression"};
  return among(types, type);
}

bool is_delimiter(TSNode node, std::string_view type) {
  return !ts_node_is_named(node) || type.ends_with("_start") || type.ends_with("_end") ||
         type == "interpolation_brace" || type == "interpolation_quote" || type == "raw_string_delimiter" ||
         type == "heredoc_identifier";
}

bool is_block(std::string_view type) {
  static constexpr Types<9> types = {"module",           "program",    "source_file",      "translation_unit",
                                     "compilation_unit", "statements", "declaration_list", "compound_statement",
                                     "statement_block"};
  return among(types, type) || type.find("block") != std::string_view::npos ||
         type.find("body") != std::string_view::npos;
}

bool is_loop(std::string_view type) {
  static constexpr Types<13> types = {"for_statement",
                                      "for_in_statement",
                                      "enhanced_for_statement",
                                      "foreach_statement",
                                      "for_expression",
                                      "for_range_loop",
                                      "while_statement",
                                      "while_expression",
                                      "loop_expression",
                                      "do_statement",
                                      "do_while_statement",
                                      "for",
                                      "while"};
  return among(types, type);
}

bool is_fork(std::string_view type, Language language) {
  static constexpr Types<25> types = {"if_statement",
                                      "if_expression",
                                      "if",
                                      "unless",
                                      "elsif",
                                      "if_modifier",
                                      "unless_modifier",
                                      "while_modifier",
                                      "until",
                                      "until_modifier",
                                      "c_style_for_statement",
                                      "switch_body",
                                      "switch_block",
                                      "match_block",
                                      "when_expression",
                                      "case",
                                      "case_statement",
                                      "expression_switch_statement",
                                      "type_switch_statement",
                                      "select_statement",
                                      "match_statement",
                                      "catch_clause",
                                      "except_clause",
                                      "catch_block",
                                      "rescue"};
  return among(types, type) || is_loop(type) || (type == "list" && language == Language::shell);
}

bool is_function(std::string_view type, Language language) {
  static constexpr Types<25> types = {"function_definition",
                                      "lambda",
                                      "function_declaration",
                                      "function_expression",
                                      "arrow_function",
                                      "method_definition",
                                      "generator_function",
                                      "generator_function_declaration",
                                      "method_declaration",
                                      "func_literal",
                                      "method",
                                      "singleton_method",
                                      "do_block",
                                      "constructor_declaration",
                                      "lambda_expression",
                                      "lambda_literal",
                                      "anonymous_function",
                                      "anonymous_function_creation_expression",
                                      "local_function_statement",
                                      "anonymous_method_expression",
                                      "function_item",
                                      "closure_expression",
                                      "secondary_constructor",
                                      "property_getter",
                                      "static_initializer"};
  return among(types, type) || (type == "block" && language == Language::ruby);
}

bool is_parameters(std::string_view type) {
  return type.ends_with("parameters") || type == "parameter_list";
}

bool is_alternative(std::string_view type) {
  return type == "elif_clause" || type == "else_clause";
}

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
  const bool declares = among(declaring, type);
  if (!declares && !among(assigning, type)) return std::nullopt;
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

bool says_something(TSNode node, Language language) {
  static thread_local std::array<std::vector<bool>, 14> known;
  std::vector<bool>& of_language = known[static_cast<std::size_t>(language)];
  if (of_language.empty()) of_language = telling(language);
  const TSSymbol symbol = ts_node_symbol(node);
  return symbol < of_language.size() && of_language[symbol];
}

}  // namespace source
