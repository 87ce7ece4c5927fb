#include "contract/toml_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"

namespace contract {

namespace {

constexpr std::string_view variable_prefix = "env:";

std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

}  // namespace

void TomlReader::fail(int line, const std::string& message, const std::string& hint) const {
  throw base::Error(base::Code::contract, fmt::format("{}:{}: {}", file_, line, message), hint);
}

toml::table TomlReader::read(std::string_view text) const {
  try {
    return toml::parse(text, file_);
  } catch (const toml::parse_error& error) {
    fail(static_cast<int>(error.source().begin.line), std::string(error.description()),
         "the file is TOML: https://toml.io");
  }
}

void TomlReader::only(const toml::table& table, const std::vector<std::string_view>& known,
                      std::string_view where) const {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    const std::string_view nearest = base::nearest_word(key.str(), known);
    fail(static_cast<int>(key.source().begin.line), fmt::format("{} has no key “{}”", where, key.str()),
         nearest.empty() ? fmt::format("known are: {}", listed(known)) : fmt::format("did you mean “{}”?", nearest));
  }
}

const toml::table* TomlReader::table_in(const toml::table& parent, std::string_view key) const {
  const toml::node* node = parent.get(key);
  if (node && !node->is_table()) fail(line_of(*node), fmt::format("“{}” has to be a table: [{}]", key, key));
  return node ? node->as_table() : nullptr;
}

void TomlReader::for_each_table(
    const toml::table& parent, std::string_view key,
    const std::function<void(const std::string&, const toml::table&, int line)>& each) const {
  const toml::table* tables = table_in(parent, key);
  if (!tables) return;
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [name, node] : *tables) entries.emplace_back(&name, &node);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const toml::source_position& left = a.first->source().begin;
    const toml::source_position& right = b.first->source().begin;
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
  });
  for (const auto& [name, node] : entries) {
    if (!node->is_table()) fail(line_of(*node), fmt::format("“{}.{}” has to be a table", key, name->str()));
    each(std::string(name->str()), *node->as_table(), static_cast<int>(name->source().begin.line));
  }
}

std::optional<std::string> TomlReader::text_in(const toml::table& table, std::string_view key) const {
  const toml::node* node = table.get(key);
  if (!node) return std::nullopt;
  if (!node->is_string()) fail(line_of(*node), fmt::format("“{}” has to be a string", key));
  const std::string value = **node->as_string();
  if (value.find_first_not_of(" \t\r\n") == std::string::npos) fail(line_of(*node), fmt::format("“{}” is empty", key));
  return value;
}

std::string TomlReader::needed_text(const toml::table& table, std::string_view key, std::string_view where, int line,
                                    int& at) const {
  const auto value = text_in(table, key);
  if (!value) fail(line, fmt::format("{} needs “{}”", where, key));
  at = line_of(*table.get(key));
  return *value;
}

std::optional<bool> TomlReader::truth_in(const toml::table& table, std::string_view key) const {
  const toml::node* node = table.get(key);
  if (!node) return std::nullopt;
  if (!node->is_boolean()) fail(line_of(*node), fmt::format("“{}” has to be true or false", key));
  return **node->as_boolean();
}

std::optional<base::Seconds> TomlReader::duration_in(const toml::table& table, std::string_view key) const {
  const auto text = text_in(table, key);
  if (!text) return std::nullopt;
  try {
    return base::parse_duration(*text);
  } catch (const base::Error& error) {
    fail(line_of(*table.get(key)), fmt::format("“{}”: {}", key, error.message()), error.hint());
  }
}

std::vector<std::string> TomlReader::texts_of(const toml::node& node) const {
  if (node.is_string()) return {**node.as_string()};
  std::vector<std::string> texts;
  if (node.is_array()) {
    for (const toml::node& item : *node.as_array()) {
      if (!item.is_string()) break;
      texts.push_back(**item.as_string());
    }
    if (texts.size() == node.as_array()->size()) return texts;
  }
  fail(line_of(node), "this has to be a string or a list of strings");
}

Setting resolve(const TomlReader& reader, const std::string& text, std::string_view key, int line) {
  if (!text.starts_with(variable_prefix)) return {.value = text};
  const std::string variable = text.substr(variable_prefix.size());
  if (variable.empty()) {
    reader.fail(line, fmt::format("“{}” names no variable after env:", key),
                fmt::format("write {} = \"env:NAME\"", key));
  }
  if (const char* value = std::getenv(variable.c_str()); value && *value) return {.value = value};
  return {.variable = variable};
}

}  // namespace contract
