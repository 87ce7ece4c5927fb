// Formats, and the values that fill them: "DELETE FROM {}".format("users"), sprintf, and what drivers quote for SQL.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "source/call_names.h"
#include "source/placeholders.h"
#include "source/reading.h"

namespace source {
namespace {

// The sign that a call's placeholders begin with.
char sign_of(const Call& call, std::string_view object, Language language) {
  const bool braces = language == Language::csharp || language == Language::rust || object == "MessageFormat" ||
                      (language == Language::python && call.name == "format") ||
                      (language == Language::cpp && call.name == "format");
  return braces ? '{' : '%';
}

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) result.append(c == quote ? 2 : 1, c);
  return result + quote;
}

// app.users: each part by itself.
std::string quoted_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::string first = quoted(name.substr(0, dot), '"');
  return dot == std::string_view::npos ? first : first + "." + quoted_name(name.substr(dot + 1));
}

}  // namespace

// A keyword, or a pair of a dictionary: the name that the format calls it by.
std::optional<Expressions::Named> Expressions::named_value(TSNode node) const {
  static constexpr std::array<std::string_view, 3> types = {"keyword_argument", "pair", "named_argument"};
  if (std::find(types.begin(), types.end(), type_of(node)) == types.end() || ts_node_named_child_count(node) != 2)
    return std::nullopt;
  std::string_view name = source(ts_node_named_child(node, 0));
  while (!name.empty() && std::string_view("\"':").find(name.front()) != std::string_view::npos) name.remove_prefix(1);
  while (!name.empty() && std::string_view("\"':").find(name.back()) != std::string_view::npos) name.remove_suffix(1);
  return Named{name, ts_node_named_child(node, 1)};
}

Assembly Expressions::filling_of(TSNode value, Reading& reading) {
  Evaluated one = evaluate(value, nullptr, false);
  read_rest(one.unread, reading);
  reading.result.used.insert(reading.result.used.end(), one.used.begin(), one.used.end());
  if (one.has_string) return one.value.is_list() ? Assembly() : one.value;
  const bool unpacks = type_of(value).find("splat") != std::string_view::npos || type_of(value) == "spread_element";
  Assembly hole;
  if (!unpacks) strings_.read_hole(value, hole);
  return hole;
}

bool Expressions::is_pattern(TSNode node) {
  const std::string_view type = type_of(node);
  if (is_string(type) || is_row(type) || is_parenthesized(type) || wraps_text(node)) return true;
  const Variable* variable = variable_named(name_of(node));
  return variable && !variable->opaque && !variable->value.is_list() && variable->value.has_words();
}

bool Expressions::read_format(const Call& call, Reading& reading, int depth) {
  std::vector<TSNode> values = call.arguments;
  TSNode pattern = call.object;
  if (ts_node_is_null(pattern) || !is_pattern(pattern)) {
    if (values.empty()) return false;
    pattern = values.front();
    values.erase(values.begin());
  }
  Evaluated format;
  Reading inner{.result = format, .top = reading.top};
  if (!read(pattern, inner, depth + 1)) return false;
  std::vector<Assembly> known;
  std::map<std::string_view, Assembly> by_name;
  for (const TSNode& value : values) {
    if (const auto named = named_value(value)) {
      by_name[named->name] = filling_of(named->value, reading);
    } else {
      known.push_back(filling_of(value, reading));
    }
  }
  const auto named = [&](std::string_view name) -> const Assembly* {
    if (const auto found = by_name.find(name); found != by_name.end()) return &found->second;
    Variable* variable = language_ == Language::rust ? variable_named(name) : nullptr;
    if (!variable || variable->opaque || variable->value.is_list() || variable->value.parts() != 1) return nullptr;
    reading.result.used.push_back(variable);
    const std::size_t at = ts_node_start_byte(pattern);
    Assembly& here = by_name[name];
    here.add_at(variable->value, at, lines_.place(at));
    return &here;
  };
  const std::string_view object = ts_node_is_null(call.object) ? std::string_view() : source(call.object);
  reading.into().add(fill_placeholders(format.value, sign_of(call, object, language_), known, named), {});
  read_rest(format.unread, reading);
  reading.result.used.insert(reading.result.used.end(), format.used.begin(), format.used.end());
  reading.own = true;
  return true;
}

// sql.SQL("…"): text as it is.
bool Expressions::wraps_text(TSNode node) {
  const auto call = call_of(node, bytes_, children_);
  return call && call->name == "SQL" && call->arguments.size() == 1;
}

TSNode Expressions::text_in(TSNode node) {
  return wraps_text(node) ? call_of(node, bytes_, children_)->arguments[0] : node;
}

// sql.Identifier("app", "users"), sql.table('users'), quote_ident("users"), sql.Literal("x"): with the quotes that the
// driver puts around it.
bool Expressions::read_name_of_sql(const Call& call, TSNode node, Reading& reading) {
  const std::string_view object = ts_node_is_null(call.object) ? std::string_view() : source(call.object);
  const bool value = quotes_value(call.name);
  if (call.arguments.empty() || (!value && !quotes_name(object, call.name))) return false;
  std::vector<TSNode> parts = call.arguments;
  if (is_list(type_of(parts[0]))) parts = children_.named(parts[0]);
  Assembly text;
  const std::string quote(1, value ? '\'' : '"');
  for (const TSNode& part : parts) {
    Evaluated one = evaluate(part, nullptr, false);
    for (Variable* variable : one.used) variable->embedded = true;
    if (!one.has_string || one.value.is_list() || one.value.has_holes()) {
      strings_.read_hole(node, reading.into());
      reading.own = true;
      return true;
    }
    const std::size_t at = ts_node_start_byte(part);
    const Place place = lines_.place(at);
    if (!text.empty()) text.insert(".", at, place);
    if (one.value.parts() == 1) {
      const std::string content = one.value.text().ways[0].text.sql;
      text.insert(value ? quoted(content, '\'') : quoted_name(content), at, place);
    } else {
      // One of several, whose quotes are around them all.
      text.insert(quote, at, place);
      text.add(one.value, {});
      text.insert(quote, at, place);
    }
  }
  reading.into().add(text, {});
  reading.own = true;
  return true;
}

// "DELETE FROM __T__".replace("__T__", "users"), strings.ReplaceAll(q, "__T__", "users")
bool Expressions::read_replaced(const Call& call, Reading& reading, int depth) {
  std::vector<TSNode> parts = call.arguments;
  const bool is_method = !ts_node_is_null(call.object) && source(call.object) != "strings";
  if (is_method) parts.insert(parts.begin(), call.object);
  if (call.name == "str_replace") std::rotate(parts.begin(), parts.end() - 1, parts.end());
  if (parts.size() < 3 || !is_pattern(parts[0]) || !is_string(type_of(parts[1]))) return false;
  const Evaluated sought = evaluate(parts[1], nullptr, false);
  const Assembly by = filling_of(parts[2], reading);
  Evaluated text;
  Reading inner{.result = text, .top = reading.top};
  if (sought.value.parts() != 1 || sought.value.has_holes() || by.empty() || !read(parts[0], inner, depth + 1))
    return false;
  const std::string word = sought.value.text().ways[0].text.sql;
  if (word.empty()) return false;
  reading.into().add(text.value.replaced([&](std::string_view rest) {
    return rest.starts_with(word) ? Assembly::Replacement{word.size(), &by} : Assembly::Replacement{};
  }),
                     {});
  read_rest(text.unread, reading);
  reading.result.used.insert(reading.result.used.end(), text.used.begin(), text.used.end());
  reading.own = true;
  return true;
}

// knex.raw('DELETE FROM ?? WHERE id = ?', ['users', 1])
bool Expressions::fills_names(const Call& call) const {
  const bool knows =
      language_ == Language::javascript || language_ == Language::typescript || language_ == Language::tsx;
  return knows && call.name == "raw" && call.arguments.size() == 2 && is_string(type_of(call.arguments[0])) &&
         is_list(type_of(call.arguments[1])) && source(call.arguments[0]).find("??") != std::string_view::npos;
}

bool Expressions::read_filled(const Call& call, Reading& reading, int depth) {
  Evaluated pattern;
  Reading inner{.result = pattern, .top = reading.top};
  if (!read(call.arguments[0], inner, depth + 1)) return false;
  std::vector<Assembly> names;
  for (const TSNode& value : children_.named(call.arguments[1])) {
    const Evaluated one = evaluate(value, nullptr, false);
    const bool known = one.has_string && one.value.parts() == 1 && !one.value.has_holes();
    Assembly& name = names.emplace_back();
    if (!known) continue;
    const std::size_t at = ts_node_start_byte(value);
    name.insert(quoted_name(one.value.text().ways[0].text.sql), at, lines_.place(at));
  }
  reading.into().add(pattern.value.replaced([&, next = std::size_t{0}](std::string_view text) mutable {
    if (text[0] != '?') return Assembly::Replacement{};
    const std::size_t index = next++;
    if (!text.starts_with("??")) return Assembly::Replacement{};
    return Assembly::Replacement{2, index < names.size() && !names[index].empty() ? &names[index] : nullptr};
  }),
                     {});
  read_rest(pattern.unread, reading);
  reading.own = true;
  return true;
}

}  // namespace source
