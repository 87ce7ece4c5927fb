#include "source/reader.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

#include "source/call_names.h"
#include "source/counters.h"
#include "source/expressions.h"
#include "source/lines.h"
#include "source/notes.h"
#include "source/phrases.h"
#include "source/scopes.h"
#include "source/syntax.h"

namespace source {
namespace {

class Reader {
 public:
  Reader(std::string_view bytes, Language language, TSNode root)
      : bytes_(bytes),
        language_(language),
        lines_(bytes),
        children_(root),
        scopes_([this](Assembly&& made) { made_.push_back(std::move(made)); }),
        expressions_(bytes, language, lines_, children_, scopes_),
        notes_(bytes, lines_) {
    pending_.push_back({.node = root, .statement = rows(root)});
  }

  std::vector<Text> read(std::vector<Comment>& marked) {
    while (!pending_.empty()) {
      const Visit visit = pending_.back();
      pending_.pop_back();
      switch (visit.step) {
        case Step::close:
          scopes_.close();
          continue;
        case Step::branch:
          scopes_.open_branch(visit.fork, visit.branch);
          pending_.push_back({.step = Step::close});
          break;
        case Step::look:
          break;
      }
      see(visit);
    }
    scopes_.close();
    marked = notes_.marked();
    return finish();
  }

 private:
  enum class Step : unsigned char { look, branch, close };
  struct Visit {
    TSNode node{};
    Rows statement;
    Step step = Step::look;
    std::uint32_t fork = 0;
    int branch = 0;
    bool declares = false;  // names in it are new variables: parameters, what a loop counts
    bool silent = false;    // its strings are said to people
    TSNode call{};          // that it is an argument of
    TSNode giver{};         // the loop, or the call, that gives what it declares the items of a list
    int counter = -1;       // of counters_, the innermost
  };

  static Rows rows(TSNode node) { return {ts_node_start_point(node).row, ts_node_end_point(node).row}; }

  std::vector<Text> finish() {
    std::vector<std::pair<std::size_t, Text>> placed;
    for (const Assembly& made : made_) {
      Text text = made.text();
      const std::vector<Comment> comments = notes_.about(made);
      for (std::vector<Literal>* literals : {&text.ways, &text.parts}) {
        for (Literal& literal : *literals) {
          literal.text.language = language_;
          literal.text.comments = comments;
          literal.use = made.use();
        }
      }
      const std::size_t at = text.ways.front().text.file_offset(0);
      placed.emplace_back(at, std::move(text));
    }
    std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Text> texts;
    texts.reserve(placed.size());
    for (auto& [at, text] : placed) texts.push_back(std::move(text));
    return texts;
  }

  void push(const std::vector<TSNode>& nodes, const Visit& from) {
    const bool block = is_block(type_of(from.node));
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
      if (!ts_node_is_named(*node)) continue;
      pending_.push_back({.node = *node,
                          .statement = block ? rows(*node) : from.statement,
                          .declares = from.declares,
                          .silent = from.silent,
                          .call = from.call,
                          .giver = from.giver,
                          .counter = from.counter});
    }
  }

  void see(const Visit& visit) {
    if (!says_something(visit.node, language_)) return push(children_.of(visit.node), visit);
    const std::string_view type = type_of(visit.node);
    if (is_comment(type)) {
      notes_.add(rows(visit.node), ts_node_start_byte(visit.node), ts_node_end_byte(visit.node));
    } else if (type == "heredoc_body" && expressions_.has_read(visit.node)) {
      return;
    } else if (visit.declares && is_name(type)) {
      Variable& variable = scopes_.declare(expressions_.name_of(visit.node));
      if (!ts_node_is_null(visit.giver)) expressions_.learn_items(variable, visit.giver);
    } else if (see_assignment(visit) || see_appending(visit)) {
      return;
    } else if (Variable* variable = expressions_.named(visit.node)) {
      variable->bare = variable->bare || !visit.silent;
      note_use(visit, variable->value);
    } else if (is_function(type, language_)) {
      see_function(visit);
    } else if (is_fork(type, language_)) {
      see_fork(visit, type);
    } else if (is_parameters(type)) {
      Visit declaring = visit;
      declaring.declares = true;
      push(children_.of(visit.node), declaring);
    } else if (type == "preproc_def" || type == "preproc_function_def") {
      see_macro(visit);
    } else if (type == "jsx_attribute") {
      // title="…" is what a person reads, title={…} a program.
      std::vector<TSNode> values = children_.of(visit.node);
      std::erase_if(values, [](TSNode value) { return is_string(type_of(value)); });
      push(values, visit);
    } else if (compares(visit.node, type)) {
      Visit inner = visit;
      inner.silent = true;
      push(children_.of(visit.node), inner);
    } else if (is_string(type) || is_row(type) || is_infix(type) || is_annotation_of_lines(visit.node, type)) {
      see_expression(visit);
    } else if (is_call(type) || type == "command") {
      see_call(visit);
    } else {
      push(children_.of(visit.node), visit);
    }
  }

  bool is_annotation_of_lines(TSNode node, std::string_view type) const {
    return type == "element_value_array_initializer" && joins_its_lines(node, bytes_);
  }

  // assert "DELETE …" not in sql: what is compared is not run.
  bool compares(TSNode node, std::string_view type) const {
    if (type == "comparison_operator") return true;
    if (!is_infix(type) || ts_node_child_count(node) != 3) return false;
    const TSNode op = ts_node_child(node, 1);
    const std::string_view sign = bytes_.substr(ts_node_start_byte(op), ts_node_end_byte(op) - ts_node_start_byte(op));
    return sign == "==" || sign == "!=" || sign == "===" || sign == "!==" || sign == "in" || sign == "=~";
  }

  // What is handed to it are its parameters' business, and nobody else's in it.
  void see_function(const Visit& visit) {
    scopes_.open_function();
    pending_.push_back({.step = Step::close});
    Visit inner = visit;
    inner.giver = {};
    const std::size_t around = pending_.size();
    push(children_.of(visit.node), inner);
    if (ts_node_is_null(visit.giver)) return;
    const TSNode only = ts_node_child_by_field_name(visit.node, "parameter", 9);
    for (std::size_t i = around; i < pending_.size(); ++i) {
      const bool is_only = !ts_node_is_null(only) && ts_node_eq(pending_[i].node, only);
      if (!is_only && !is_parameters(type_of(pending_[i].node))) continue;
      pending_[i].giver = visit.giver;
      pending_[i].declares = pending_[i].declares || is_only;
    }
  }

  void see_call(const Visit& visit) {
    Visit inner = visit;
    inner.call = visit.node;
    expressions_.learn_call(visit.node);
    inner.giver = expressions_.gives_items_of(visit.node) ? visit.node : TSNode{};
    inner.silent = expressions_.says_it(visit.node);
    count(visit.node, inner);
    if (!inner.silent && expressions_.makes_string(visit.node)) return see_expression(inner);
    push(children_.of(visit.node), inner);
  }

  // Each child is a branch of its own; in a shell, those up to the next elif or else are one.
  void see_fork(const Visit& visit, std::string_view type) {
    const bool loop = is_loop(type);
    const std::uint32_t fork = scopes_.new_fork();
    int branch = 0;
    std::vector<Visit> found;
    Visit inner = visit;
    if (loop || type == "c_style_for_statement") count(visit.node, inner);
    for (const auto& [child, field] : children_.with_fields(visit.node)) {
      const bool counts = field == "left" || field == "name" || field == "pattern" || field == "declarator" ||
                          field == "variable" || type_of(child) == "variable_declaration";
      if (!ts_node_is_named(child)) continue;
      if (language_ != Language::shell || is_alternative(type_of(child))) ++branch;
      found.push_back({.node = child,
                       .statement = is_block(type) || is_block(type_of(child)) ? rows(child) : visit.statement,
                       .step = Step::branch,
                       .fork = fork,
                       .branch = branch,
                       .declares = loop && counts,
                       .silent = visit.silent,
                       .call = visit.call,
                       .giver = loop && counts ? visit.node : TSNode{},
                       .counter = inner.counter});
      // What a loop counts is known in all of it.
      if (found.back().declares || field == "condition" || type_of(child) == "range_clause") {
        found.back().step = Step::look;
      }
      if (type_of(child) == "range_clause") declare_last(ts_node_child_by_field_name(child, "left", 4), child);
    }
    if (loop && language_ == Language::php && found.size() > 2) declare_last(found[1].node, visit.node);
    pending_.insert(pending_.end(), found.rbegin(), found.rend());
  }

  // for _, t := range list; foreach ($list as $t): the last name of what is declared.
  void declare_last(TSNode names, TSNode loop) {
    while (!ts_node_is_null(names) && !is_name(type_of(names)) && ts_node_named_child_count(names) > 0)
      names = ts_node_named_child(names, ts_node_named_child_count(names) - 1);
    const std::string_view name = ts_node_is_null(names) ? std::string_view() : expressions_.name_of(names);
    if (!name.empty()) expressions_.learn_items(scopes_.declare(name), loop);
  }

  Assembly::Span span(const Visit& visit, TSNode last) const { return {visit.statement, rows(last).last}; }

  void see_expression(const Visit& visit) {
    Evaluated found = expressions_.evaluate(visit.node, nullptr, false);
    if (visit.silent) {
      // Nothing to note.
    } else if (found.has_string) {
      for (Variable* variable : found.used) (found.names_only ? variable->bare : variable->embedded) = true;
      if (!found.names_only) {
        found.value.spans().push_back(span(visit, visit.node));
        note_use(visit, found.value);
        made_.push_back(std::move(found.value));
      }
    } else {
      for (Variable* variable : found.used) variable->bare = true;
    }
    push(found.unread,
         {.node = visit.node, .statement = visit.statement, .silent = visit.silent, .counter = visit.counter});
  }

  bool see_assignment(const Visit& visit) {
    const auto assignment = assignment_of(visit.node, bytes_, language_, children_);
    if (!assignment) return false;
    const std::string_view name = expressions_.name_of(assignment->target);
    if (name.empty()) {
      if (!ts_node_is_null(assignment->value)) expressions_.learn_names(assignment->target, assignment->value);
      return false;
    }
    using Kind = Assignment::Kind;
    if (ts_node_is_null(assignment->value)) {
      if (assignment->kind != Kind::declare) return false;
      scopes_.declare(name).opaque = false;
      return true;
    }
    Variable* known = assignment->kind == Kind::declare ? nullptr : &scopes_.assigned(name);
    const bool replaces = assignment->kind != Kind::append;
    // std::string q{"…"} of C++ holds one string, like q("…").
    const bool list = replaces && !(language_ == Language::cpp && ts_node_named_child_count(assignment->value) == 1);
    Evaluated value = expressions_.evaluate(assignment->value, known, list);
    push(value.unread, {.node = assignment->value, .statement = visit.statement});
    expressions_.learn_call(assignment->value);
    if (!known) known = &scopes_.declare(name);
    if (!value.has_string) {
      for (Variable* variable : value.used) variable->bare = true;
      if (replaces) {
        scopes_.replace_by_unknown(*known);
        expressions_.learn(*known, assignment->value);
      } else if (!known->opaque) {
        scopes_.append(*known, value.value, known->value.is_list());
      }
      return true;
    }
    for (Variable* variable : value.used) variable->embedded = true;
    value.value.spans().push_back(span(visit, assignment->value));
    if (replaces && !value.continues) {
      scopes_.replace(*known, value.value);
    } else if (known->opaque && known->value.empty() && !value.continues) {
      made_.push_back(std::move(value.value));  // behind what nobody knows
    } else {
      scopes_.append(*known, value.value, known->value.is_list() && !value.value.is_list());
    }
    return true;
  }

  bool see_appending(const Visit& visit) {
    const auto found = expressions_.appending(visit.node);
    if (!found) return false;
    Variable* variable = &scopes_.assigned(found->target);
    for (const TSNode& call : found->calls) {
      Expressions::Appended part = expressions_.appended(call, found->stream, *variable);
      if (part.empties) {
        scopes_.replace(*variable, {});
        continue;
      }
      for (Variable* used : part.text.used) used->embedded = true;
      part.text.value.spans().push_back(span(visit, call));
      scopes_.append(*variable, part.text.value, part.item);
      push(part.text.unread, {.node = call, .statement = visit.statement});
    }
    return true;
  }

  // A variable that a loop counts, or a method with a block that is one: (1..9).each do |i|.
  void count(TSNode loop, Visit& inside) {
    const std::string_view name = counted_by(loop, bytes_, children_);
    if (name.empty()) return;
    counters_.push_back({name, inside.counter});
    inside.counter = static_cast<int>(counters_.size()) - 1;
  }

  void note_use(const Visit& visit, Assembly& value) {
    Use use;
    for (int at = visit.counter; at >= 0; at = counters_[static_cast<std::size_t>(at)].around) {
      use.counters.emplace_back(counters_[static_cast<std::size_t>(at)].name);
    }
    if (!ts_node_is_null(visit.call)) use.arguments = arguments_behind(visit.node, visit.call, bytes_, children_);
    for (std::string& argument : use.arguments) argument = expressions_.known(argument);
    if (runs_sql(called_by(visit))) value.use().runs = use.runs = true;
    if (!use.counters.empty() || !use.arguments.empty()) value.use() = std::move(use);
  }

  std::string_view called_by(const Visit& visit) {
    const auto call = ts_node_is_null(visit.call) ? std::nullopt : call_of(visit.call, bytes_, children_);
    return call ? call->name : std::string_view();
  }

  // #define Q "…": a constant; what parameters of a macro put between its strings is a hole.
  void see_macro(const Visit& visit) {
    const TSNode name = ts_node_named_child(visit.node, 0);
    const TSNode text = ts_node_named_child(visit.node, ts_node_named_child_count(visit.node) - 1);
    if (type_of(text) != "preproc_arg") return;
    Assembly value = expressions_.macro_text(text);
    if (!value.has_words()) return expressions_.learn(scopes_.declare(expressions_.name_of(name)), text);
    value.spans().push_back(span(visit, visit.node));
    if (type_of(visit.node) == "preproc_function_def") {
      made_.push_back(std::move(value));
    } else {
      scopes_.replace(scopes_.declare(expressions_.name_of(name)), value);
    }
  }

  std::string_view bytes_;
  Language language_;
  Lines lines_;
  Children children_;
  std::vector<Assembly> made_;
  Scopes scopes_;
  Expressions expressions_;
  std::vector<Visit> pending_;
  Notes notes_;
  struct Counter {
    std::string_view name;
    int around = -1;
  };
  std::vector<Counter> counters_;
};

}  // namespace

std::vector<Text> texts_of(std::string_view bytes, Language language, TSNode root, std::vector<Comment>& marked) {
  return Reader(bytes, language, root).read(marked);
}

}  // namespace source
