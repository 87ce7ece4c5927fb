// What is known of values that are no strings: constants, and what queries gave.
#include <algorithm>
#include <string>

#include "source/call_names.h"
#include "source/expressions.h"
#include "source/values.h"

namespace source {
namespace {

constexpr std::size_t most_items = 8;  // as many ways as a string is judged in
constexpr std::size_t most_constants = 200;
constexpr std::size_t longest_value = 1'000;

// The name in {ID}, ${ID}, #{ID}, :id or (ID), if there is nothing else.
std::string_view only_name(std::string_view source) {
  constexpr std::string_view around = "{}$#() \t:@";
  const std::size_t begin = source.find_first_not_of(around);
  if (begin == std::string_view::npos) return {};
  const std::string_view name = source.substr(begin, source.find_last_not_of(around) + 1 - begin);
  return name.find_first_of(" \n\t({[+-*/%?,\"'") == std::string_view::npos ? name : std::string_view();
}

}  // namespace

std::string_view Expressions::query_behind(std::string_view source) const {
  if (const std::string_view query = query_of_rows(source); !query.empty()) return query;
  std::string_view found;
  if (!queries_) return found;
  for_each_name(source, [&](std::string_view name) {
    if (!found.empty()) return;
    const Variable* variable = scopes_.find(name);
    if (!variable && name.starts_with('$')) variable = scopes_.find(name.substr(1));
    if (variable) found = variable->query;
  });
  return found;
}

bool Expressions::is_constant(const Variable& variable) {
  if (variable.number.empty()) return false;
  const auto asked = counted_.find(variable.name);
  if (asked != counted_.end()) return !asked->second;
  if (counted_.size() == most_constants) return false;
  return !counted_.emplace(variable.name, is_counted(variable.name, bytes_)).first->second;
}

std::string Expressions::known(std::string_view source) {
  const Variable* variable = variable_named(only_name(source));
  if (variable && is_constant(*variable)) return std::string(variable->number);
  const std::string_view query = queries_ ? query_behind(source.substr(0, longest_value)) : std::string_view();
  return query.empty() ? std::string(source) : std::string(source) + " of " + std::string(query);
}

void Expressions::note_query(std::string_view name, std::string_view query) {
  if (name.empty() || query.empty()) return;
  scopes_.assigned(name).query = query;
  queries_ = true;
}

void Expressions::learn(Variable& variable, TSNode value) {
  const std::string_view text = source(value).substr(0, longest_value);
  if (is_whole_number(text)) {
    variable.number = text;
  } else if (const Variable* other = variable_named(name_of(value)); other && is_constant(*other)) {
    variable.number = other->number;
  } else {
    variable.query = query_behind(text);
    queries_ = queries_ || !variable.query.empty();
  }
}

void Expressions::learn_names(TSNode target, TSNode value) {
  const std::string_view query = query_behind(source(value).substr(0, longest_value));
  if (query.empty()) return;
  for_each_name(source(target).substr(0, longest_value), [&](std::string_view name) { note_query(name, query); });
}

void Expressions::learn_call(TSNode node) {
  const auto call = call_of(node, bytes_, children_);
  if (!call || ts_node_is_null(call->object) || call->arguments.empty()) return;
  const TSNode first = call->arguments.front();
  if (call->name == "Scan") {
    const std::string_view query = query_behind(source(call->object).substr(0, longest_value));
    for (const TSNode& argument : call->arguments) {
      const std::string_view name = source(argument);
      if (name.starts_with('&')) note_query(name.substr(1), query);
    }
  } else if (is_string(type_of(first)) || is_row(type_of(first))) {
    if (Variable* cursor = variable_named(name_of(call->object))) cursor->query = {};
    note_query(name_of(call->object), query_of_rows(source(first).substr(0, longest_value)));
  }
}

bool Expressions::gives_items_of(TSNode node) {
  const auto call = call_of(node, bytes_, children_);
  return call && !ts_node_is_null(call->object) && gives_items(call->name);
}

// What a loop takes its variable from, or a method that is given a function for each item.
std::vector<Assembly> Expressions::items_of(TSNode loop) {
  std::vector<TSNode> sources;
  if (const auto call = call_of(loop, bytes_, children_)) {
    sources.push_back(call->object);
  } else {
    bool named = false;
    for (const auto& [child, field] : children_.with_fields(loop)) {
      if (!ts_node_is_named(child)) continue;
      if (field == "right" || field == "value") sources.push_back(child);
      if (named && field.empty() && sources.empty() && !is_block(type_of(child))) sources.push_back(child);
      named = type_of(child) == "variable_declaration";
    }
    if (sources.empty() && language_ == Language::php) sources.push_back(ts_node_named_child(loop, 0));
  }
  std::vector<Assembly> items;
  for (TSNode list : sources) {
    if (type_of(list) == "in") list = ts_node_named_child(list, 0);
    const Variable* held = variable_named(name_of(list));
    const Assembly value = held ? held->value : evaluate(list, nullptr, true).value;
    const bool word = language_ == Language::shell && !value.empty();
    if (value.is_list() && !(held && held->opaque)) items = value.items();
    if (!value.is_list() && word) items.push_back(value);
  }
  return items;
}

void Expressions::learn_items(Variable& variable, TSNode loop) {
  const std::vector<Assembly> items = items_of(loop);
  if (items.empty() || items.size() > most_items) return;
  const std::uint32_t fork = scopes_.new_fork();
  int branch = 0;
  for (const Assembly& item : items) variable.value.add(item, {{fork, branch++}});
  variable.opaque = false;
}

}  // namespace source
