#include "source/scopes.h"

#include <algorithm>
#include <utility>

namespace source {
namespace {

// Branches within branches that a piece of text remembers; outer ones are taken to be taken.
constexpr std::size_t deepest_guards = 16;
// A variable that is made of more is taken to be used before the next part comes.
constexpr std::size_t most_parts = 500;

}  // namespace

Scopes::Scopes(std::function<void(Assembly&&)> use) : use_(std::move(use)), scopes_(1) {}

void Scopes::open_function() {
  scopes_.push_back({.function = scopes_.size(), .fork = new_fork()});
}

void Scopes::open_branch(std::uint32_t fork, int branch) {
  scopes_.push_back({.function = scopes_.back().function, .fork = fork, .branch = branch});
}

void Scopes::close() {
  for (const std::size_t index : scopes_.back().variables) {
    Variable& variable = variables_[index];
    finish(variable);
    variable.value.clear();
    std::erase(by_name_[variable.name], index);
  }
  if (!scopes_.empty()) scopes_.pop_back();
}

Variable* Scopes::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() || found->second.empty() ? nullptr : &variables_[found->second.back()];
}

Variable& Scopes::make(std::string_view name, std::size_t depth) {
  scopes_[depth].variables.push_back(variables_.size());
  by_name_[name].push_back(variables_.size());
  return variables_.emplace_back(Variable{.name = name, .depth = depth});
}

Variable& Scopes::declare(std::string_view name) {
  return make(name, scopes_.size() - 1);
}

Variable& Scopes::assigned(std::string_view name) {
  Variable* known = find(name);
  return known ? *known : make(name, scopes_.back().function);
}

Guards Scopes::guards_of(const Variable& variable) const {
  Guards guards;
  for (std::size_t depth = scopes_.size() - 1; depth > variable.depth && guards.size() < deepest_guards; --depth)
    guards.push_back({scopes_[depth].fork, scopes_[depth].branch});
  std::reverse(guards.begin(), guards.end());
  return guards;
}

void Scopes::finish(const Variable& variable) {
  const Assembly& value = variable.value;
  if (value.empty()) return;
  if (value.is_list()) {
    if (variable.joined) return;
    for (Assembly& item : value.items()) use_(std::move(item));
  } else if (!variable.embedded || variable.bare) {
    use_(Assembly(value));
  }
}

void Scopes::limit(Variable& variable) {
  if (variable.value.parts() <= most_parts) return;
  finish(variable);
  variable.value.clear();
  variable.opaque = true;
}

void Scopes::replace(Variable& variable, const Assembly& value) {
  limit(variable);
  variable.number = variable.query = {};
  const Guards guards = guards_of(variable);
  if (variable.value.overwrites(guards)) finish(variable);
  variable.value.give_way(guards);
  if (guards.empty()) {
    variable.opaque = false;
    variable.embedded = variable.bare = variable.joined = false;
  }
  if (value.is_list()) variable.value.make_list();
  variable.value.add(value, guards);
}

void Scopes::replace_by_unknown(Variable& variable) {
  replace(variable, {});
  variable.opaque = true;
}

void Scopes::append(Variable& variable, const Assembly& value, bool item) {
  limit(variable);
  if (item) variable.value.begin_item();
  if (value.is_list()) variable.value.make_list();
  variable.value.add(value, guards_of(variable));
}

}  // namespace source
