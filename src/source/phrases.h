// What nodes of tree-sitter's trees are made of, across the languages that we read: children, calls and assignments.
#pragma once

#include <tree_sitter/api.h>

#include <optional>
#include <string_view>
#include <vector>

#include "source/language.h"

namespace source {

// Children in order; a cursor is cheaper than asking for each by its number.
class Children {
 public:
  explicit Children(TSNode root) : cursor_(ts_tree_cursor_new(root)) {}
  ~Children() { ts_tree_cursor_delete(&cursor_); }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  struct Child {
    TSNode node;
    std::string_view field;  // "" where the grammar gives none
  };
  std::vector<TSNode> of(TSNode node);
  std::vector<Child> with_fields(TSNode node);
  std::vector<TSNode> named(TSNode node);  // without comments

 private:
  TSTreeCursor cursor_;
};

// A call, method call or object creation; also a Rust macro's.
struct Call {
  TSNode object{};        // null node: none. Of Rust's String::from, "String".
  std::string_view name;  // the last part of what is called
  std::vector<TSNode> arguments;
  TSNode items{};  // of a collection that is filled at once: new List<string> { "a" }
};
std::optional<Call> call_of(TSNode node, std::string_view bytes, Children& children);

// @Update({"UPDATE users", "SET plan = 1"}): an array of Java whose lines MyBatis joins.
bool joins_its_lines(TSNode array, std::string_view bytes);

// A declaration or an assignment of one variable.
struct Assignment {
  enum class Kind : unsigned char { declare, replace, append };
  Kind kind = Kind::replace;
  TSNode target{};
  TSNode value{};  // null node: declared without one
};
std::optional<Assignment> assignment_of(TSNode node, std::string_view bytes, Language language, Children& children);

}  // namespace source
