#include "source/call_names.h"

#include "source/among.h"

namespace source {

bool joins_list(std::string_view name) {
  return among<4>({"join", "Join", "joinToString", "implode"}, name);
}

bool concatenates(std::string_view name) {
  return among<3>({"concat", "Concat", "StrCat"}, name);
}

bool formats(std::string_view name) {
  return among<6>({"format", "Format", "formatted", "Sprintf", "sprintf", "StrFormat"}, name);
}

bool replaces(std::string_view name) {
  return among<6>({"replace", "replaceAll", "Replace", "ReplaceAll", "str_replace", "gsub"}, name);
}

bool prints_into(std::string_view name) {
  return among<5>({"Fprintf", "Fprint", "Fprintln", "write", "writeln"}, name);
}

bool appends(std::string_view name) {
  return among<12>({"append", "Append", "AppendFormat", "appendLine", "AppendLine", "push_str", "push", "push_bind",
                    "WriteString", "concat", "appendln", "Write"},
                   name);
}

bool builds_text(std::string_view name, Language language) {
  if (name == "append") return language == Language::java || language == Language::kotlin || language == Language::cpp;
  return among<6>({"Append", "AppendFormat", "AppendLine", "appendLine", "push_str", "WriteString"}, name);
}

bool adds_item(std::string_view name) {
  return among<7>({"add", "Add", "push_back", "emplace_back", "extend", "addAll", "AddRange"}, name);
}

bool ends_line(std::string_view name) {
  return among<5>({"appendLine", "AppendLine", "appendln", "Fprintln", "writeln"}, name);
}

bool empties(std::string_view name) {
  return among<5>({"setLength", "clear", "Clear", "Reset", "reset"}, name);
}

bool runs_sql(std::string_view name) {
  static constexpr std::array<std::string_view, 7> stems = {"exec",    "Exec",    "query", "Query",
                                                            "prepare", "Prepare", "run"};
  return std::any_of(stems.begin(), stems.end(), [&](std::string_view stem) { return name.starts_with(stem); });
}

bool passes(std::string_view name) {
  return among<20>(
      {"toString",   "to_string",  "String", "ToString", "str",  "as_str", "into_string", "strip",  "trim", "c_str",
       "trimIndent", "trimMargin", "clone",  "to_owned", "into", "freeze", "squish",      "rstrip", "sql",  "build"},
      name);
}

bool makes_builder(std::string_view name) {
  return among<9>({"StringBuilder", "StringBuffer", "ostringstream", "stringstream", "string", "String", "text",
                   "StringJoiner", "SQL"},
                  name);
}

bool quotes_name(std::string_view object, std::string_view name) {
  const bool sql = object == "sql" || object.ends_with(".sql");
  if (sql && among<3>({"table", "ref", "id"}, name)) return true;
  return (object.empty() && name == "sql") ||
         among<9>({"Identifier", "identifier", "quote_ident", "quoteIdent", "quoteIdentifier", "QuoteIdentifier",
                   "escapeIdentifier", "quote_table_name", "quote_column_name"},
                  name);
}

bool quotes_value(std::string_view name) {
  return among<7>(
      {"Literal", "quote_literal", "quoteLiteral", "QuoteLiteral", "escapeLiteral", "escape_literal", "quote_string"},
      name);
}

bool gives_items(std::string_view name) {
  return among<4>({"each", "forEach", "for_each", "map"}, name);
}

bool makes_list(std::string_view name) {
  return among<12>({"listOf", "mutableListOf", "arrayListOf", "arrayOf", "of", "asList", "ArrayList", "LinkedList",
                    "List", "vec", "vector", "list"},
                   name);
}

bool takes_lambda(std::string_view name) {
  return name == "buildString" || name == "apply";
}

}  // namespace source
