// Sub-selects: which ids and which populations they yield.
#include "lint/judge.h"

namespace lint {
namespace {

bool is_generator(std::string_view function) {
  return function == "generate_series" || function == "generate_subscripts";
}

// SELECT 1 UNION ALL SELECT i + 1 FROM n, which is n itself: it counts as a generator does. Where it does so.
const Node* counting_in(const PgQuery__SelectStmt& query, const Scope& scope) {
  const PgQuery__SelectStmt& next = *query.rarg;
  const auto from = items(next.n_from_clause, next.from_clause);
  const bool of_itself = std::any_of(from.begin(), from.end(), [&](const Node* item) {
    const auto* common = item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR && text(item->range_var->schemaname).empty()
                             ? scope.cte(text(item->range_var->relname))
                             : nullptr;
    return common && select_of(common->ctequery) == &query;
  });
  if (!of_itself) return nullptr;
  for (const Node* target : items(next.n_target_list, next.target_list)) {
    const PgQuery__AExpr* sum = a_expr(bare(target->res_target->val));
    const bool counts = sum && (operator_of(*sum) == "+" || operator_of(*sum) == "-") && column_of(bare(sum->lexpr));
    if (counts && literal_integer(sum->rexpr)) return target->res_target->val;
  }
  return nullptr;
}

}  // namespace

Fact Judge::sub_link(const PgQuery__SubLink& link, bool negated) const {
  const PgQuery__SelectStmt* select = select_of(link.subselect);
  if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
    return negated || !select ? Fact{} : exists(*select);
  }
  if (!link.testexpr) return {};
  const std::string_view op = link.n_oper_name ? last_string(items(link.n_oper_name, link.oper_name)) : "=";
  const Node* tested = bare(link.testexpr);
  if (is_population(tested)) {
    Fact fact;
    fact.disposable = !negated && op == "=" && link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK && select &&
                      yields_disposable(*select);
    return fact;
  }
  std::size_t column = 0;
  if (tested && tested->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
    const auto row = items(tested->row_expr->n_args, tested->row_expr->args);
    const auto found = std::find_if(row.begin(), row.end(), [&](const Node* part) { return parts_of(part).id; });
    if (found == row.end()) return {};
    column = static_cast<std::size_t>(found - row.begin());
    tested = *found;
  }
  const Parts parts = parts_of(tested);
  if (!parts.id || parts.id_scattered) return {};
  if (orders(op)) return ranged(tested);
  if (negated || op != "=" || link.sub_link_type != PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK) return {};
  return yields(link.subselect, column, {}, scope_, depth_ + 1);
}

bool Judge::yields_disposable(const PgQuery__SelectStmt& select) const {
  if (!may_enter(depth_, effort(), 1)) return false;
  if (select.larg && select.rarg) {
    return Judge(scope_, depth_ + 1).yields_disposable(*select.larg) &&
           Judge(scope_, depth_ + 1).yields_disposable(*select.rarg);
  }
  for (const Node* row : items(select.n_values_lists, select.values_lists)) {
    for (const Node* value : list_items(row)) {
      if (!population_is("=", value, false).disposable) return false;
    }
  }
  if (select.n_values_lists) return true;
  if (select.n_target_list == 0) return false;
  const Node* yielded = bare(select.target_list[0]->res_target->val);
  const auto column = column_of(yielded);
  if (!column) return population_is("=", yielded, false).disposable;
  Scope inner(&scope_, scope_.target(), scope_.around(), select.with_clause);
  for (const Node* item : items(select.n_from_clause, select.from_clause)) inner.add(item);
  const Source* source = inner.source_of(*column);
  // Another table's values are what somebody declared there.
  if (!source || source->kind != Source::Kind::target) return source != nullptr || scope_.is_variable(*column);
  if (!scope_.target().is_population(column->name)) return false;
  std::vector<const Node*> wheres = inner.conditions;
  if (select.where_clause) wheres.push_back(select.where_clause);
  return Judge(inner, depth_ + 1).all(wheres).disposable;
}

Fact Judge::exists(const PgQuery__SelectStmt& select) const {
  if (!may_enter(depth_, effort(), 1)) return {};
  Fact fact;
  if (select.n_from_clause == 0 && !select.where_clause && select.op == PG_QUERY__SET_OPERATION__SETOP_NONE) {
    fact.truth = Truth::always;
    return fact;
  }
  Scope inner(&scope_, scope_.target(), scope_.around(), select.with_clause);
  for (const Node* item : items(select.n_from_clause, select.from_clause)) inner.add(item);
  std::vector<const Node*> wheres = inner.conditions;
  if (select.where_clause) wheres.push_back(select.where_clause);
  inner.follow_joins(wheres);
  fact = Judge(inner, depth_ + 1).all(wheres);
  if (fact.truth == Truth::always) fact.truth = Truth::unknown;  // the tables may be empty
  return fact;
}

// WHERE CURRENT OF: the rows that the cursor's query finds, one after the other.
Fact Judge::walked(const LoopVariable& cursor) const {
  const PgQuery__SelectStmt* select = select_of(cursor.query);
  if (!select || !may_enter(depth_, effort(), 1)) return {};
  Scope inner(nullptr, scope_.target(), scope_.around(), select->with_clause);
  for (const Node* item : items(select->n_from_clause, select->from_clause)) inner.add(item);
  for (const Source& source : inner.sources()) {
    if (source.kind == Source::Kind::target) inner.add_target(source.alias);
  }
  std::vector<const Node*> wheres = inner.conditions;
  if (select->where_clause) wheres.push_back(select->where_clause);
  if (wheres.empty()) return listed(1, true, nullptr);  // of all rows, the program chooses
  inner.follow_joins(wheres);
  Fact fact = Judge(inner, depth_ + 1).all(wheres);
  fact.truth = Truth::unknown;
  if (fact.range) fact.range = -1;  // it stands in the cursor's declaration
  return fact;
}

Fact Judge::yields_series(std::span<Node* const> functions, const Scope& outer, int depth) {
  for (const Node* entry : functions) {
    const auto parts = list_items(entry);
    const Node* call = parts.empty() ? entry : parts[0];
    const PgQuery__FuncCall* function = func_call(bare(call));
    if (!function) continue;
    const Judge judge(outer, depth);
    if (is_generator(function_name(bare(call)))) return judge.ranged(call);
    if (function_name(bare(call)) == "unnest" && function->n_args > 0) {
      const Node* array = bare(function->args[0]);
      if (array && array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
        const auto elements = items(array->a_array_expr->n_elements, array->a_array_expr->elements);
        bool named = !elements.empty();
        for (const Node* element : elements) named = named && judge.is_given(element);
        return judge.listed(elements.size(), named, call);
      }
      if (is_literal_text(array)) return judge.listed(array_literal_items(literal_text(array)), false, call);
    }
  }
  return {};
}

Fact Judge::yields(const Node* query, std::size_t column, std::string_view name, const Scope& outer, int depth) {
  const PgQuery__SelectStmt* select = select_of(query);
  if (!may_enter(depth, *outer.around().effort, 1 + (select ? select->n_target_list : 0))) return {};
  if (!select) {
    // WITH gone AS (DELETE … RETURNING id): what it returns passed its own WHERE, which is judged where it stands.
    return {};
  }
  if (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE &&
      select->op != PG_QUERY__SET_OPERATION__SET_OPERATION_UNDEFINED) {
    Node left{};
    left.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    left.select_stmt = select->larg;
    Node right = left;
    right.select_stmt = select->rarg;
    Scope with(&outer, outer.target(), outer.around(), select->with_clause);
    if (const Node* counting = counting_in(*select, with)) return Judge(outer, depth).ranged(counting);
    const Fact a = yields(&left, column, name, with, depth + 1);
    if (select->op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT) {
      Fact fact = a;
      fact.truth = Truth::unknown;
      return fact;
    }
    const Fact b = yields(&right, column, name, with, depth + 1);
    return select->op == PG_QUERY__SET_OPERATION__SETOP_UNION ? either(a, b) : both(a, b);
  }
  Scope inner(&outer, outer.target(), outer.around(), select->with_clause);
  if (select->n_values_lists) {
    const Judge judge(outer, depth);
    bool named = true;
    for (const Node* row : items(select->n_values_lists, select->values_lists)) {
      const auto values = list_items(row);
      named = named && column < values.size() && judge.is_given(values[column]);
    }
    return judge.listed(select->n_values_lists, named, query->select_stmt->values_lists[0]);
  }
  for (const Node* item : items(select->n_from_clause, select->from_clause)) inner.add(item);
  const auto targets = items(select->n_target_list, select->target_list);
  const Node* yielded = nullptr;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const PgQuery__ResTarget& target = *targets[i]->res_target;
    const auto as_column = column_of(target.val);
    const bool by_name = !name.empty() && (text(target.name) == name ||
                                           (text(target.name).empty() && as_column && as_column->name == name));
    if (name.empty() ? i == column : by_name) yielded = target.val;
    if (as_column && as_column->name == "*" && !yielded) yielded = target.val;
  }
  if (!yielded && name.empty() == false && column < targets.size()) yielded = targets[column]->res_target->val;
  yielded = bare(yielded);
  if (!yielded) return {};
  Fact fact;
  if (const PgQuery__FuncCall* call = func_call(yielded)) {
    static constexpr std::array<std::string_view, 2> passing = {"min", "max"};
    const Node* itself = yielded;
    if (is_generator(function_name(yielded)) || function_name(yielded) == "unnest") {
      Node* const one[] = {const_cast<Node*>(itself)};
      return yields_series(one, outer, depth);
    }
    if (is_one_of(function_name(yielded), passing) && call->n_args == 1) yielded = bare(call->args[0]);
  }
  if (const auto held = column_of(yielded)) {
    const std::string_view column_name =
        held->name == "*"
            ? (name.empty() ? std::string_view(outer.target().ids.empty() ? "" : outer.target().ids[0]) : name)
            : held->name;
    const Source* source = inner.source_of({held->qualifier, column_name, held->location});
    if (source && source->kind == Source::Kind::target &&
        (outer.target().is_id(column_name) || column_name == "ctid")) {
      inner.add_target(source->alias);
    } else if (source) {
      inner.add_id(source->alias, column_name);
    }
  } else {
    // An expression over a series: SELECT -g FROM generate_series(…) g.
    for (const Source& source : inner.sources()) {
      if (source.kind == Source::Kind::function) fact = both(fact, yields_series(source.functions, outer, depth));
    }
  }
  std::vector<const Node*> wheres = inner.conditions;
  if (select->where_clause) wheres.push_back(select->where_clause);
  inner.follow_joins(wheres);
  const Judge judge(inner, depth);
  fact = both(judge.all(wheres), fact);
  const bool everything = wheres.empty() && !select->limit_count && !select->n_group_clause && !select->having_clause &&
                          select->n_from_clause == 1 && !inner.sources().empty() &&
                          inner.sources().front().kind == Source::Kind::target;
  fact.truth = everything || (fact.truth == Truth::always && !select->limit_count) ? Truth::always
               : fact.truth == Truth::never                                        ? Truth::never
                                                                                   : Truth::unknown;
  if (!everything && wheres.empty()) fact.truth = Truth::unknown;
  // The first so many by their ids, whatever they are.
  if (wheres.empty() && select->limit_count && !fact.range) {
    const auto sorts = items(select->n_sort_clause, select->sort_clause);
    const auto first = sorts.empty() ? std::nullopt : column_of(bare(sorts[0]->sort_by->node));
    if (first && inner.is_id(*first)) fact.range = first->location;
  }
  return fact;
}

}  // namespace lint
