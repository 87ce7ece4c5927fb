#include "lint/origin.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "source/values.h"

namespace lint {
namespace {

constexpr int deepest = 24;

// FROM items without the joins around them.
void flatten(const Node* item, std::vector<const Node*>& items_found) {
  if (item && item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
    flatten(item->join_expr->larg, items_found);
    flatten(item->join_expr->rarg, items_found);
  } else if (item) {
    items_found.push_back(item);
  }
}

bool counts(std::string_view function) {
  static constexpr std::array<std::string_view, 5> functions = {"generate_series", "abs", "unnest", "int8", "bigint"};
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

std::optional<std::size_t> position(std::span<Node* const> names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (string_of(names[i]) == name) return i;
  }
  return std::nullopt;
}

const PgQuery__Alias* alias_of(const Node& item) {
  switch (item.node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      return item.range_var->alias;
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
      return item.range_subselect->alias;
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
      return item.range_function->alias;
    default:
      return nullptr;
  }
}

}  // namespace

bool Given::is_number(int at) const {
  const auto hole = std::find_if(holes.begin(), holes.end(), [&](const source::Hole& candidate) {
    return at >= 0 && candidate.begin == begin + static_cast<std::size_t>(at);
  });
  return hole != holes.end() && source::is_whole_number(hole->source);
}

const PgQuery__CommonTableExpr* Origins::cte(std::string_view name) const {
  for (const auto* with : with_) {
    effort_.spend(with->n_ctes);
    for (const Node* node : items(with->n_ctes, with->ctes)) {
      if (text(node->common_table_expr->ctename) == name) return node->common_table_expr;
    }
  }
  return nullptr;
}

std::optional<int> Origins::literal_reference(const Column& column, std::span<Node* const> from, int depth) const {
  std::vector<const Node*> found;
  for (const Node* item : from) flatten(item, found);
  if (!effort_.spend(found.size())) return std::nullopt;
  for (const Node* item : found) {
    const PgQuery__Alias* alias = alias_of(*item);
    const auto names = alias ? items(alias->n_colnames, alias->colnames) : std::span<Node* const>();
    const std::string_view alias_name = alias ? text(alias->aliasname) : std::string_view();
    if (item->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
      const auto parts =
          item->range_function->n_functions ? list_items(item->range_function->functions[0]) : std::span<Node* const>();
      const Node* call = parts.empty() ? nullptr : parts[0];
      const bool meant = column.qualifier.empty() ? column.name == alias_name || position(names, column.name) ||
                                                        (!alias && function_name(call) == column.name)
                                                  : column.qualifier == alias_name;
      if (meant && call) return literal(call, {}, depth + 1);
      continue;
    }
    const PgQuery__SelectStmt* query = nullptr;
    std::span<Node* const> renamed = names;
    std::string_view known_as = alias_name;
    if (item->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
      query = select_of(item->range_subselect->subquery);
    } else if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
      const auto* common = text(item->range_var->schemaname).empty() ? cte(text(item->range_var->relname)) : nullptr;
      if (known_as.empty()) known_as = text(item->range_var->relname);
      if (!common) {
        // A column of a table: not written down here. Without a qualifier it may be this one's.
        if (column.qualifier == known_as || column.qualifier.empty()) return std::nullopt;
        continue;
      }
      query = select_of(common->ctequery);
      if (renamed.empty()) renamed = items(common->n_aliascolnames, common->aliascolnames);
    }
    if (!query || (!column.qualifier.empty() && column.qualifier != known_as)) continue;
    const auto at = position(renamed, column.name);
    if (at) return literal_column(*query, *at, {}, depth + 1);
    if (const auto place = literal_column(*query, SIZE_MAX, column.name, depth + 1)) return place;
  }
  return std::nullopt;
}

std::optional<int> Origins::literal(const Node* value, std::span<Node* const> from, int depth) const {
  value = bare(value);
  if (!value || depth > deepest || !effort_.spend()) return std::nullopt;
  if (literal_integer(value)) return location_of(value);
  if (const auto column = column_of(value)) return literal_reference(*column, from, depth);
  switch (value->node_case) {
    case PG_QUERY__NODE__NODE_A_EXPR: {
      const PgQuery__AExpr& expression = *value->a_expr;
      if (expression.kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP) return std::nullopt;
      const auto right = literal(expression.rexpr, from, depth + 1);
      if (!expression.lexpr || !right) return right;
      return literal(expression.lexpr, from, depth + 1);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      if (!counts(function_name(value)) || value->func_call->n_args == 0) return std::nullopt;
      std::optional<int> place;
      for (const Node* argument : items(value->func_call->n_args, value->func_call->args)) {
        const auto of_argument = literal(argument, from, depth + 1);
        if (!of_argument) return std::nullopt;
        if (!place) place = of_argument;
      }
      return place;
    }
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return given_.is_number(value->param_ref->location) ? std::optional(value->param_ref->location) : std::nullopt;
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return value->a_array_expr->n_elements ? literal(value->a_array_expr->elements[0], from, depth + 1)
                                             : std::nullopt;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return literal(value->min_max_expr->args[0], from, depth + 1);
    case PG_QUERY__NODE__NODE_CASE_EXPR: {
      // One of its results is enough.
      for (const Node* when : items(value->case_expr->n_args, value->case_expr->args)) {
        if (const auto place = literal(when->case_when->result, from, depth + 1)) return place;
      }
      return literal(value->case_expr->defresult, from, depth + 1);
    }
    case PG_QUERY__NODE__NODE_SUB_LINK: {
      const PgQuery__SelectStmt* query = select_of(value->sub_link->subselect);
      return query ? literal_column(*query, 0, {}, depth + 1) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<int> Origins::literal_column(const PgQuery__SelectStmt& query, std::size_t column, std::string_view name,
                                           int depth) const {
  if (depth > deepest || !effort_.spend(1 + query.n_target_list)) return std::nullopt;
  if (query.larg && query.rarg) {
    if (const auto left = literal_column(*query.larg, column, name, depth + 1)) return left;
    return literal_column(*query.rarg, column, name, depth + 1);
  }
  if (query.n_values_lists) {
    // VALUES names its columns itself: column1, column2, …
    if (!name.empty() && name.starts_with("column")) {
      const std::string_view digits = name.substr(6);
      column = digits.size() == 1 && digits[0] > '0' ? static_cast<std::size_t>(digits[0] - '1') : SIZE_MAX;
    }
    for (const Node* row : items(query.n_values_lists, query.values_lists)) {
      const auto values = list_items(row);
      if (column >= values.size()) continue;
      if (const auto place = literal(values[column], {}, depth + 1)) return place;
    }
    return std::nullopt;
  }
  const auto targets = items(query.n_target_list, query.target_list);
  const auto from = items(query.n_from_clause, query.from_clause);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const PgQuery__ResTarget& target = *targets[i]->res_target;
    const auto as_column = column_of(target.val);
    if (as_column && as_column->name == "*") {
      // The columns of the only query there is, in its order.
      if (from.size() != 1) return std::nullopt;
      const Node* item = from[0];
      const PgQuery__SelectStmt* inner = nullptr;
      if (item->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) inner = select_of(item->range_subselect->subquery);
      if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
        const auto* common = cte(text(item->range_var->relname));
        inner = common ? select_of(common->ctequery) : nullptr;
      }
      if (item->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION && item->range_function->n_functions && column == 0) {
        const auto parts = list_items(item->range_function->functions[0]);
        return parts.empty() ? std::nullopt : literal(parts[0], {}, depth + 1);
      }
      if (!inner) return std::nullopt;
      if (!name.empty()) return literal_reference({{}, name, 0}, from, depth + 1);
      return column >= i ? literal_column(*inner, column - i, name, depth + 1) : std::nullopt;
    }
    const bool meant =
        name.empty() ? i == column
                     : text(target.name) == name || (text(target.name).empty() && as_column && as_column->name == name);
    if (meant) return literal(target.val, from, depth + 1);
  }
  return std::nullopt;
}

}  // namespace lint
