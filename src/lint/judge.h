// How a WHERE is judged: shared by the files that do it, and nobody else's.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "lint/constant.h"
#include "lint/predicate.h"
#include "lint/scope.h"

namespace lint {

// Queries inside each other, as each goes on our stack.
constexpr int deepest_query = 64;

// What an expression is made of, outside of sub-selects.
struct Parts {
  bool id = false;
  bool id_stays_whole = true;  // …: the id can be told from the value: no division, no text cut out of it
  bool id_scattered = false;   // … or is spread by % or a hash, so that neighbours part: batches of an UPDATE
  bool other_column = false;   // of the target's row, or of another row of the same table
  bool foreign_column = false;
  bool parameter = false;
  bool counted = false;  // a loop runs through its values

  // What stands beside it in the same expression.
  void add(const Parts& other) {
    id = id || other.id;
    id_stays_whole = id_stays_whole && other.id_stays_whole;
    id_scattered = id_scattered || other.id_scattered;
    other_column = other_column || other.other_column;
    foreign_column = foreign_column || other.foreign_column;
    parameter = parameter || other.parameter;
    counted = counted || other.counted;
  }
};

class Judge {
 public:
  explicit Judge(const Scope& scope, int depth = 0) : scope_(scope), depth_(depth) {}

  Fact condition(const Node* node, bool negated = false) const;
  Fact all(std::span<const Node* const> nodes) const;

  // What is known of the ids that a query yields in its column.
  static Fact yields(const Node* query, std::size_t column, std::string_view name, const Scope& outer, int depth);
  static Fact yields_series(std::span<Node* const> functions, const Scope& outer, int depth);

 private:
  Fact comparison(const PgQuery__AExpr& expression, std::string_view op, const Node* left, const Node* right,
                  bool negated) const;
  Fact rows_equal(const PgQuery__AExpr& expression, const Node* left, const Node* right) const;
  Fact id_equals(const Node* value) const;
  Fact one_by_one(const LoopVariable& loop, const Node* value) const;
  Fact walked(const LoopVariable& cursor) const;
  Fact population_is(std::string_view op, const Node* value, bool negated) const;
  Fact expression(const PgQuery__AExpr& expression, bool negated) const;
  Fact between(const PgQuery__AExpr& expression, bool negated) const;
  Fact one_of(const PgQuery__AExpr& expression, std::span<Node* const> values, bool negated) const;
  Fact any_of_array(const PgQuery__AExpr& expression, bool negated) const;
  Fact sub_link(const PgQuery__SubLink& link, bool negated) const;
  Fact exists(const PgQuery__SelectStmt& select) const;
  bool yields_disposable(const PgQuery__SelectStmt& select) const;  // as a value of the population
  Fact ranged(const Node* at) const;
  // Arithmetic on the id chooses rows by it as a range does, but for batches of an UPDATE.
  Fact scattered(const Node* at) const { return scope_.around().erases ? ranged(at) : Fact{}; }
  Fact listed(std::size_t count, bool named, const Node* at) const;
  std::size_t most_listed() const;
  Fact choice(const PgQuery__CaseExpr& expression) const;
  void gather(const Node* node, Parts& parts) const;
  Parts parts_of(const Node* node) const {
    Parts parts;
    gather(node, parts);
    return parts;
  }
  bool is_population(const Node* node) const;
  const LoopVariable* loop_of(std::string_view name) const;
  const LoopVariable* loop_of(const Node* value) const;
  bool is_given(const Node* node) const;  // a value that the program gives: a parameter or a variable

  Effort& effort() const { return *scope_.around().effort; }
  // False where a query at this depth is not to be looked into.
  static bool may_enter(int depth, Effort& effort, std::size_t units) {
    return depth > deepest_query ? effort.give_up() : effort.spend(units);
  }

  const Scope& scope_;
  int depth_;
};

// Facts about rows that pass two conditions, and about those that pass one of them.
Fact both(Fact a, const Fact& b);
Fact either(const Fact& a, const Fact& b);
// What narrows the rows enough makes a range among the conditions beside it harmless.
void defuse(Fact& fact);

bool is_one_of(std::string_view word, std::span<const std::string_view> words);
bool orders(std::string_view op);
std::size_t array_literal_items(std::string_view literal);

}  // namespace lint
