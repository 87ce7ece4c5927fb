#include "source/syntax.h"

#include <array>
#include <vector>

#include "source/among.h"

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
                     is_parameters(type) || is_declaration(type) || is_assignment(type) || among(others, type);
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

bool is_declaration(std::string_view type) {
  static constexpr Types<16> types = {"variable_declarator",
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
  return among(types, type);
}

bool is_assignment(std::string_view type) {
  static constexpr Types<8> types = {
      "assignment",          "augmented_assignment", "assignment_expression",    "augmented_assignment_expression",
      "operator_assignment", "assignment_statement", "compound_assignment_expr", "variable_assignment"};
  return among(types, type);
}

bool says_something(TSNode node, Language language) {
  static thread_local std::array<std::vector<bool>, 14> known;
  std::vector<bool>& of_language = known[static_cast<std::size_t>(language)];
  if (of_language.empty()) of_language = telling(language);
  const TSSymbol symbol = ts_node_symbol(node);
  return symbol < of_language.size() && of_language[symbol];
}

}  // namespace source
