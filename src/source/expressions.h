// What an expression of a program comes to, as far as it is a string.
#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "source/scopes.h"
#include "source/strings.h"
#include "source/syntax.h"

namespace source {

struct Evaluated {
  Assembly value;
  bool has_string = false;      // else `value` is worth nothing
  bool continues = false;       // it begins with the variable that was asked for, which was left out
  bool names_only = false;      // it is what a variable holds, and nothing beside
  std::vector<Variable*> used;  // variables it is made of
  std::vector<TSNode> unread;   // what may hold further strings: arguments, what stands in holes
};

// A statement that appends to a variable by a method or a stream: sb.append("a").append("b"), out << "a".
struct Appending {
  std::string_view target;
  std::vector<TSNode> calls;  // in the order they are run; of streams the operands
  bool stream = false;
};

class Expressions {
 public:
  Expressions(std::string_view bytes, Language language, const Lines& lines, Children& children, Scopes& scopes)
      : bytes_(bytes),
        language_(language),
        lines_(lines),
        children_(children),
        scopes_(scopes),
        strings_(bytes, language, lines, children) {}

  // True for a call that evaluate() may know more of than of its arguments.
  bool makes_string(TSNode call);
  // True for one whose strings are said to people.
  bool says_it(TSNode call);

  // `self`: the variable that the value will be assigned to; null: none. `list`: lists count, too.
  Evaluated evaluate(TSNode node, const Variable* self, bool list);

  // The name that a variable, or a member of an object, goes by; "": it has none.
  std::string_view name_of(TSNode node) const;

  // Of a macro of C, which its grammar leaves as it stands: the strings in it, joined.
  Assembly macro_text(TSNode text) const { return strings_.macro(text); }

  std::optional<Appending> appending(TSNode node);
  // What one of its calls appends; `item`: to a list. nullopt: it empties the variable.
  struct Appended {
    Evaluated text;
    bool item = false;
    bool empties = false;
  };
  Appended appended(TSNode call, bool stream, const Variable& to);

  // True for the body of Ruby's <<~SQL that was read where it begins.
  bool has_read(TSNode body) const { return bodies_.contains(ts_node_start_byte(body)); }
  // The variable that a name means here, or null.
  Variable* named(TSNode node) const { return variable_named(name_of(node)); }

 private:
  struct Reading;

  bool read(TSNode node, Reading& reading, int depth);
  bool read_operand(TSNode node, Reading& reading, int depth);
  Variable* variable_named(std::string_view name) const;
  bool read_name(TSNode node, std::string_view name, std::size_t at, Reading& reading);
  bool read_list(TSNode node, Reading& reading, int depth);
  bool read_choice(TSNode node, Reading& reading, int depth);
  bool read_call(TSNode node, Reading& reading, int depth);
  bool read_join(TSNode separator, const std::vector<TSNode>& items, TSNode list, Reading& reading, int depth);
  bool read_format(const Call& call, Reading& reading, int depth);
  void read_rest(const std::vector<TSNode>& nodes, Reading& reading);
  void read_string(TSNode node, Reading& reading, int depth);
  void read_hole(TSNode node, Reading& reading);
  std::string_view source(TSNode node) const;
  bool joins(std::string_view op) const;
  TSNode body_of(TSNode heredoc);

  std::string_view bytes_;
  Language language_;
  const Lines& lines_;
  Children& children_;
  Scopes& scopes_;
  Strings strings_;
  std::set<std::uint32_t> bodies_;  // of here-documents, by where they begin
  std::uint32_t lists_ = 0;
  std::size_t copied_ = 0;  // bytes of variables that were put into others
};

}  // namespace source
