#include "lint/predicate.h"

#include "lint/judge.h"

namespace lint {

namespace {

// NOT over a constant is not: NOT NULL is no more true than NULL.
bool is_made_of_conditions(const Node& node) {
  if (node.node_case == PG_QUERY__NODE__NODE_BOOLEAN_TEST) return true;
  if (node.node_case != PG_QUERY__NODE__NODE_BOOL_EXPR) return false;
  if (node.bool_expr->boolop != PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) return true;
  const Node* inner = bare(node.bool_expr->args[0]);
  return !inner || inner->node_case != PG_QUERY__NODE__NODE_A_CONST;
}

}  // namespace

void defuse(Fact& fact) {
  if (fact.disposable || fact.few) fact.range.reset();
}

Fact both(Fact a, const Fact& b) {
  if (a.truth == Truth::never || b.truth == Truth::never) {
    a.truth = Truth::never;
  } else if (a.truth == Truth::always) {
    a.truth = b.truth;
  }
  a.disposable = a.disposable || b.disposable;
  a.unowned = a.unowned || b.unowned;
  a.ids = a.few && b.few ? std::min(a.ids, b.ids) : std::max(a.ids, b.ids);
  a.few = a.few || b.few;
  a.named = a.named || b.named;
  a.allowed = a.allowed || b.allowed;
  a.opaque = a.opaque || b.opaque;
  if (!a.range) a.range = b.range;
  defuse(a);
  return a;
}

Fact either(const Fact& a, const Fact& b) {
  if (a.truth == Truth::never) return b;
  if (b.truth == Truth::never) return a;
  Fact fact;
  if (a.truth == Truth::always || b.truth == Truth::always) fact.truth = Truth::always;
  fact.disposable = a.disposable && b.disposable;
  fact.unowned = a.unowned && b.unowned;
  fact.few = a.few && b.few;
  fact.ids = fact.few ? a.ids + b.ids : 0;
  fact.named = a.named && b.named;
  const auto allowed = [](const Fact& branch) { return branch.allowed || branch.disposable || branch.named; };
  fact.allowed = allowed(a) && allowed(b);
  fact.opaque = a.opaque || b.opaque;
  fact.range = a.range ? a.range : b.range;
  return fact;
}

Fact Judge::all(std::span<const Node* const> nodes) const {
  Fact fact;
  fact.truth = Truth::always;
  for (const Node* node : nodes) {
    const auto decided = decide(node);
    Fact next;
    if (decided) {
      next.truth = *decided == Decided::yes ? Truth::always : Truth::never;
    } else {
      next = condition(node);
    }
    fact = both(fact, next);
  }
  if (!effort().spend(scope_.ids().size() * scope_.sources().size())) return fact;
  // Queries and series that the id is joined with say as much as IN would.
  for (const Scope::Held& held : scope_.ids()) {
    for (const Source& source : scope_.sources()) {
      if (source.alias != held.alias) continue;
      Fact of_source;
      if (source.kind == Source::Kind::function) {
        of_source = yields_series(source.functions, scope_, depth_ + 1);
      } else if (source.kind == Source::Kind::query) {
        std::size_t position = 0;
        bool renamed = false;
        for (std::size_t i = 0; i < source.columns.size(); ++i) {
          if (string_of(source.columns[i]) != held.column) continue;
          position = i;
          renamed = true;
        }
        of_source = yields(source.query, position, renamed ? std::string_view() : held.column, scope_, depth_ + 1);
      } else {
        continue;
      }
      fact = both(fact, of_source);
    }
  }
  return fact;
}

Fact Judge::condition(const Node* node, bool negated) const {
  Fact fact;
  if (!node || !effort().spend()) return fact;
  // What is made of other conditions was decided from outside, in all(): once for every depth would be too often.
  if (!is_made_of_conditions(*node)) {
    if (const auto decided = decide(node)) {
      fact.truth = (*decided == Decided::yes) != negated ? Truth::always : Truth::never;
      return fact;
    }
  }
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_BOOL_EXPR: {
      const PgQuery__BoolExpr& expression = *node->bool_expr;
      const auto parts = items(expression.n_args, expression.args);
      if (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) return condition(parts[0], !negated);
      const bool conjunction = (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) != negated;
      if (!conjunction && !negated && leave_nothing_out(parts)) {
        fact.truth = Truth::always;
        return fact;
      }
      fact = condition(parts[0], negated);
      for (const Node* part : parts.subspan(1)) {
        const Fact next = condition(part, negated);
        fact = conjunction ? both(fact, next) : either(fact, next);
      }
      // One by one, with OR between them: a list like any other.
      return fact.few && fact.ids > most_listed() ? ranged(parts[0]) : fact;
    }
    case PG_QUERY__NODE__NODE_A_EXPR:
      return expression(*node->a_expr, negated);
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return sub_link(*node->sub_link, negated);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return negated ? fact : choice(*node->case_expr);
    case PG_QUERY__NODE__NODE_PARAM_REF:
      fact.opaque = true;
      return fact;
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR: {
      const LoopVariable* cursor = loop_of(text(node->current_of_expr->cursor_name));
      return cursor && cursor->query ? walked(*cursor) : listed(1, true, node);
    }
    case PG_QUERY__NODE__NODE_NULL_TEST: {
      const bool asks_null = (node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL) != negated;
      const auto column = column_of(bare(node->null_test->arg));
      if (!column) return fact;
      if (scope_.is_id(*column)) fact.truth = asks_null ? Truth::never : Truth::always;
      if (scope_.is_population(*column)) fact.unowned = asks_null;
      return fact;
    }
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: {
      const auto kind = node->boolean_test->booltesttype;
      const bool holds = kind == PG_QUERY__BOOL_TEST_TYPE__IS_TRUE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE;
      const bool fails = kind == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
      if (holds || fails) fact = condition(node->boolean_test->arg, negated != fails);
      // … IS NOT FALSE lets rows without a population through.
      const bool takes_null =
          kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
      if (takes_null != negated) fact.disposable = false;
      return fact;
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      const Parts parts = parts_of(node);
      if (parts.id && !parts.id_stays_whole && !parts.id_scattered) return ranged(node);
      return fact;
    }
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      if (column_of(node)->name.starts_with("hole_")) fact.opaque = true;
      return fact;
    default:
      return fact;
  }
}

// CASE WHEN a THEN b … ELSE c END: (a AND b) OR … OR c, but for what WHENs above leave over.
Fact Judge::choice(const PgQuery__CaseExpr& expression) const {
  Fact fact;
  fact.truth = Truth::never;
  if (expression.arg) return {};
  for (const Node* node : items(expression.n_args, expression.args)) {
    const PgQuery__CaseWhen& when = *node->case_when;
    fact = either(fact, both(condition(when.expr), condition(when.result)));
  }
  if (expression.defresult) fact = either(fact, condition(expression.defresult));
  return fact;
}

Fact judge(const Node* where, const Target& target, const PgQuery__RangeVar& relation, const Surroundings& around) {
  Scope scope(nullptr, target, around, nullptr);
  const std::string_view alias = relation.alias ? text(relation.alias->aliasname) : text(relation.relname);
  scope.add_target(alias);
  for (const Node* item : around.from) scope.add(item);
  std::vector<const Node*> wheres = scope.conditions;
  if (where) wheres.push_back(where);
  scope.follow_joins(wheres);
  return Judge(scope).all(wheres);
}

bool joins_by_id(const Node* condition, const Target& target, const PgQuery__RangeVar& relation,
                 const Surroundings& around) {
  Scope scope(nullptr, target, around, nullptr);
  scope.add_target(relation.alias ? text(relation.alias->aliasname) : text(relation.relname));
  for (const Node* item : around.from) scope.add(item);
  std::vector<const Node*> parts;
  conjuncts(condition, parts);
  return std::any_of(parts.begin(), parts.end(), [&](const Node* part) {
    const PgQuery__AExpr* expression = a_expr(part);
    if (!expression || expression->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || operator_of(*expression) != "=")
      return false;
    const auto left = column_of(bare(expression->lexpr));
    const auto right = column_of(bare(expression->rexpr));
    return (left && scope.is_id(*left)) != (right && scope.is_id(*right));
  });
}

}  // namespace lint
