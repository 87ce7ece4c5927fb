#include "lint/scope.h"

#include <algorithm>

namespace lint {
namespace {

std::string_view alias_name(const PgQuery__Alias* alias) {
  return alias ? text(alias->aliasname) : std::string_view();
}

std::span<Node* const> alias_columns(const PgQuery__Alias* alias) {
  if (!alias) return {};
  return items(alias->n_colnames, alias->colnames);
}

}  // namespace

void conjuncts(const Node* condition, std::vector<const Node*>& parts) {
  if (!condition) return;
  if (condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
      condition->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
    for (const Node* part : items(condition->bool_expr->n_args, condition->bool_expr->args)) conjuncts(part, parts);
  } else {
    parts.push_back(condition);
  }
}

void Scope::add_table(const PgQuery__RangeVar& table) {
  const std::string_view name = text(table.relname);
  const std::string_view alias = table.alias ? alias_name(table.alias) : name;
  if (text(table.schemaname).empty()) {
    if (const PgQuery__CommonTableExpr* common = cte(name)) {
      Source source{.alias = alias, .kind = Source::Kind::query, .query = common->ctequery};
      source.columns = table.alias && table.alias->n_colnames ? alias_columns(table.alias)
                                                              : items(common->n_aliascolnames, common->aliascolnames);
      sources_.push_back(source);
      return;
    }
  }
  const auto found = around_.tables->find(&table);
  const bool like_target = found && found->name == target_.name;
  sources_.push_back(
      {.alias = alias, .kind = like_target ? Source::Kind::target : Source::Kind::table, .table = &table});
}

void Scope::add(const Node* item) {
  if (!item || !around_.effort->spend(1 + sources_.size())) return;
  switch (item->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
      add_table(*item->range_var);
      break;
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
      sources_.push_back({.alias = alias_name(item->range_subselect->alias),
                          .kind = Source::Kind::query,
                          .query = item->range_subselect->subquery,
                          .columns = alias_columns(item->range_subselect->alias)});
      break;
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: {
      const PgQuery__RangeFunction& function = *item->range_function;
      Source source{.alias = alias_name(function.alias), .kind = Source::Kind::function};
      source.columns = alias_columns(function.alias);
      source.functions = items(function.n_functions, function.functions);
      if (source.alias.empty() && !source.functions.empty()) {
        const auto parts = list_items(source.functions[0]);
        if (!parts.empty()) source.alias = function_name(parts[0]);
      }
      sources_.push_back(source);
      break;
    }
    case PG_QUERY__NODE__NODE_JOIN_EXPR: {
      const PgQuery__JoinExpr& join = *item->join_expr;
      add(join.larg);
      add(join.rarg);
      const bool inner = join.jointype == PG_QUERY__JOIN_TYPE__JOIN_INNER;
      if (join.quals && inner) conjuncts(join.quals, conditions);
      for (const Node* column : items(join.n_using_clause, join.using_clause)) {
        if (inner && target_.is_id(string_of(column))) {
          for (const Source& source : sources_) {
            if (source.kind == Source::Kind::target) add_target(source.alias);
            add_id(source.alias, string_of(column));
          }
        }
      }
      break;
    }
    default:
      break;
  }
}

void Scope::add_target(std::string_view alias) {
  if (std::find(rows_.begin(), rows_.end(), alias) == rows_.end()) rows_.push_back(alias);
  const bool known = std::any_of(sources_.begin(), sources_.end(), [&](const auto& s) { return s.alias == alias; });
  if (!known) sources_.insert(sources_.begin(), {.alias = alias, .kind = Source::Kind::target});
}

void Scope::add_id(std::string_view alias, std::string_view column) {
  const Held held{alias, column};
  if (std::find(ids_.begin(), ids_.end(), held) == ids_.end()) ids_.push_back(held);
}

bool Scope::is_row(std::string_view alias) const {
  return std::find(rows_.begin(), rows_.end(), alias) != rows_.end();
}

const Source* Scope::source_of(const Column& column) const {
  if (!around_.effort->spend(1 + sources_.size())) return nullptr;
  if (!column.qualifier.empty()) {
    for (const Source& source : sources_) {
      if (source.alias == column.qualifier) return &source;
    }
    return outer_ ? outer_->source_of(column) : nullptr;
  }
  if (sources_.empty()) return outer_ ? outer_->source_of(column) : nullptr;
  // A function's alias names its only column too: FROM generate_series(1, 9) g … g.
  for (const Source& source : sources_) {
    if (source.kind == Source::Kind::function && source.alias == column.name && source.columns.empty()) return &source;
    for (const Node* name : source.columns) {
      if (string_of(name) == column.name) return &source;
    }
  }
  const bool of_target = target_.is_id(column.name) || target_.is_population(column.name) || column.name == "ctid";
  if (of_target) {
    for (const Source& source : sources_) {
      if (source.kind == Source::Kind::target) return &source;
    }
  }
  // A function with one column of another name holds nothing else.
  for (const Source& source : sources_) {
    if (source.kind != Source::Kind::function) return &source;
  }
  return outer_ ? outer_->source_of(column) : &sources_.front();
}

bool Scope::is_id(const Column& column) const {
  const Source* source = source_of(column);
  if (!source) return false;
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    const bool own =
        std::any_of(scope->sources_.begin(), scope->sources_.end(), [&](const auto& s) { return &s == source; });
    if (!own) continue;
    if (scope->is_row(source->alias) && (target_.is_id(column.name) || column.name == "ctid")) return true;
    return std::find(scope->ids_.begin(), scope->ids_.end(), Held{source->alias, column.name}) != scope->ids_.end();
  }
  return false;
}

bool Scope::is_population(const Column& column) const {
  if (!target_.is_population(column.name)) return false;
  const Source* source = source_of(column);
  if (!source || source->kind != Source::Kind::target) return false;
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    const bool own =
        std::any_of(scope->sources_.begin(), scope->sources_.end(), [&](const auto& s) { return &s == source; });
    if (own) return scope->is_row(source->alias);
  }
  return false;
}

bool Scope::is_variable(const Column& column) const {
  const auto* variables = around_.variables;
  if (!column.qualifier.empty()) return source_of(column) == nullptr;
  return variables && variables->contains(column.name) && !target_.is_id(column.name) &&
         !target_.is_population(column.name);
}

const PgQuery__CommonTableExpr* Scope::cte(std::string_view name) const {
  const auto in = [&](const PgQuery__WithClause* with) -> const PgQuery__CommonTableExpr* {
    if (!with || !around_.effort->spend(with->n_ctes)) return nullptr;
    for (const Node* node : items(with->n_ctes, with->ctes)) {
      if (text(node->common_table_expr->ctename) == name) return node->common_table_expr;
    }
    return nullptr;
  };
  for (const Scope* scope = this; scope; scope = scope->outer_) {
    if (const auto* found = in(scope->with_)) return found;
  }
  for (const auto* with : around_.with) {
    if (const auto* found = in(with)) return found;
  }
  return nullptr;
}

bool Scope::follow(const Node* condition) {
  if (!around_.effort->spend()) return false;
  const PgQuery__AExpr* expression = a_expr(condition);
  if (!expression || expression->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || operator_of(*expression) != "=")
    return false;
  const auto left = column_of(bare(expression->lexpr));
  const auto right = column_of(bare(expression->rexpr));
  if (!left || !right || is_id(*left) == is_id(*right)) return false;
  const Column& further = is_id(*left) ? *right : *left;
  if (is_variable(further)) return false;
  const Source* source = source_of(further);
  const bool ours = std::any_of(sources_.begin(), sources_.end(), [&](const auto& s) { return &s == source; });
  if (!ours) return false;
  if (source->kind == Source::Kind::target && (target_.is_id(further.name) || further.name == "ctid")) {
    rows_.push_back(source->alias);
  } else {
    add_id(source->alias, further.name);
  }
  return true;
}

void Scope::follow_joins(std::span<const Node* const> wheres) {
  std::vector<const Node*> parts = conditions;
  for (const Node* where : wheres) conjuncts(where, parts);
  bool learnt = true;
  while (learnt) {
    learnt = false;
    for (const Node* part : parts) learnt = follow(part) || learnt;
  }
}

}  // namespace lint
