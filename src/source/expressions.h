// What an expression of a program comes to, as far as it is a string.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "source/phrases.h"
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
        strings_(bytes, language, lines, children, [this](std::string_view source) { return known(source); }) {}

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

  // `source`, a value of the program, as the number that its name stands for, or with the query behind it.
  std::string known(std::string_view source);
  // Notes what is known of `value`, which is no string, for the variable, or the names in `target`, that it fills.
  void learn(Variable& variable, TSNode value);
  void learn_names(TSNode target, TSNode value);
  // Of what a call that runs a query fills: its cursor, and the targets of Go's Scan.
  void learn_call(TSNode call);
  // True for a method that calls a function for each item of a list.
  bool gives_items_of(TSNode call);
  // Of a variable that takes the items of a list in turn, by a loop or a call: that it is any of them.
  void learn_items(Variable& variable, TSNode loop);

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
  bool read_lines(TSNode node, Reading& reading, int depth);
  bool read_choice(TSNode node, Reading& reading, int depth);
  bool read_call(TSNode node, Reading& reading, int depth);
  bool read_join(TSNode separator, const std::vector<TSNode>& items, TSNode list, Reading& reading, int depth);
  bool read_format(const Call& call, Reading& reading, int depth);
  bool read_name_of_sql(const Call& call, TSNode node, Reading& reading);
  bool read_filled(const Call& call, Reading& reading, int depth);
  bool read_replaced(const Call& call, Reading& reading, int depth);
  struct Named {
    std::string_view name;
    TSNode value;
  };
  std::optional<Named> named_value(TSNode node) const;
  Assembly filling_of(TSNode value, Reading& reading);
  bool is_pattern(TSNode node);
  bool wraps_text(TSNode node);
  TSNode text_in(TSNode node);
  bool fills_names(const Call& call) const;
  bool read_in_hole(TSNode node, Assembly& into, Reading& reading, int depth);
  void read_rest(const std::vector<TSNode>& nodes, Reading& reading);
  void read_string(TSNode node, Reading& reading, int depth);
  void read_hole(TSNode node, Reading& reading);
  std::string_view source(TSNode node) const;
  std::string_view query_behind(std::string_view source) const;
  void note_query(std::string_view name, std::string_view query);
  bool is_constant(const Variable& variable);
  std::vector<Assembly> items_of(TSNode loop);
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
  std::map<std::string_view, bool> counted_;  // names that numbers were assigned to
  bool queries_ = false;                      // some variable was read from rows
  std::size_t copied_ = 0;                    // bytes of variables that were put into others
};

}  // namespace source
