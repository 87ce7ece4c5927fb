// The variables of a program while it is read from top to bottom, and the branches that lead to where we are.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/assembly.h"

namespace source {

struct Variable {
  std::string_view name;
  std::size_t depth = 0;  // of the scope it belongs to
  Assembly value;
  bool opaque = true;     // more than `value` tells: a parameter, what a function returned
  bool embedded = false;  // part of a longer string
  bool bare = false;      // used otherwise
  bool joined = false;    // of a list: made into one string somewhere
  // Of what is no string, as the program says it: the whole number that it is, or the query that it was read from.
  std::string_view number = {};
  std::string_view query = {};
};

class Scopes {
 public:
  // `use` is given the strings that variables held, each once it is known to be complete.
  explicit Scopes(std::function<void(Assembly&&)> use);

  // A function's body, or a branch of `fork`.
  void open_function();
  void open_branch(std::uint32_t fork, int branch);
  void close();
  std::uint32_t new_fork() { return ++forks_; }

  Variable* find(std::string_view name);
  // True for what was declared outside of the function that we are in.
  bool is_outer(const Variable& variable) const { return variable.depth < scopes_.back().function; }
  // A new one, here.
  Variable& declare(std::string_view name);
  // The one that an assignment to `name` means: one that is known, or a new one of the function.
  Variable& assigned(std::string_view name);

  // `value` takes the place of what the variable held, where we are.
  void replace(Variable& variable, const Assembly& value);
  void replace_by_unknown(Variable& variable);
  // `value` comes behind it, where we are; with `item`, as the next item of a list.
  void append(Variable& variable, const Assembly& value, bool item);

 private:
  struct Scope {
    std::size_t function = 0;  // depth of the function it is in
    std::uint32_t fork = 0;
    int branch = 0;
    std::vector<std::size_t> variables;
  };

  Guards guards_of(const Variable& variable) const;
  Variable& make(std::string_view name, std::size_t depth);
  void finish(const Variable& variable);
  void limit(Variable& variable);

  std::function<void(Assembly&&)> use_;
  std::vector<Scope> scopes_;
  std::deque<Variable> variables_;                                          // which callers point into
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;  // those in scope, the innermost last
  std::uint32_t forks_ = 0;
};

}  // namespace source
