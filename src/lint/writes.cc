// Rules about DELETE, UPDATE and MERGE: which rows they take, and what they do to a row's id and population.
#include <fmt/core.h>

#include <algorithm>

#include "lint/constant.h"
#include "lint/origin.h"
#include "lint/predicate.h"
#include "lint/statement.h"

namespace lint {
namespace {

// True where the new value of a row called `alias` is the old one: SET id = id, SET population = coalesce(population,
// …).
bool keeps(const Node* value, const Target& target, std::string_view alias, bool population) {
  value = bare(value);
  if (value && value->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR && value->coalesce_expr->n_args > 0) {
    return keeps(value->coalesce_expr->args[0], target, alias, population);
  }
  const auto column = column_of(value);
  if (!column || (!column->qualifier.empty() && column->qualifier != alias)) return false;
  return population ? target.is_population(column->name) : target.is_id(column->name);
}

// The value that an assignment gives; of SET (a, b) = (1, 2) the part that is meant, else the whole.
const Node* assigned(const PgQuery__ResTarget& setting) {
  const Node* value = setting.val;
  if (!value || value->node_case != PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) return value;
  const PgQuery__MultiAssignRef& reference = *value->multi_assign_ref;
  const Node* source = reference.source;
  if (source && source->node_case == PG_QUERY__NODE__NODE_ROW_EXPR && reference.colno > 0 &&
      static_cast<std::size_t>(reference.colno) <= source->row_expr->n_args) {
    return source->row_expr->args[reference.colno - 1];
  }
  return source;
}

}  // namespace

std::optional<Target> Examiner::target(const PgQuery__RangeVar* relation) const {
  if (!relation || !context_.tables) return std::nullopt;
  const std::string_view name = text(relation->relname);
  if (text(relation->schemaname).empty()) {
    const bool temporary = context_.temporary && context_.temporary->contains(name);
    const bool common = std::any_of(with_.begin(), with_.end(), [&](const auto* with) {
      const auto ctes = items(with->n_ctes, with->ctes);
      effort_.spend(ctes.size());
      return std::any_of(ctes.begin(), ctes.end(),
                         [&](const Node* node) { return text(node->common_table_expr->ctename) == name; });
    });
    if (temporary || common) return std::nullopt;
  }
  return context_.tables->find(relation);
}

void Examiner::add(Rule rule, int at, std::string message) {
  hits_.push_back({rule, std::max(at, 0), std::move(message)});
}

Surroundings Examiner::surroundings(std::span<Node* const> from, bool erases) {
  return {.tables = context_.tables,
          .effort = &effort_,
          .with = with_,
          .from = from,
          .variables = context_.variables,
          .loops = context_.loops,
          .erases = erases};
}

void Examiner::judge_rows(std::string_view verb, const PgQuery__RangeVar& relation, const Target& target,
                          const Node* where, std::span<Node* const> from, int at, bool erases) {
  if (!where) {
    if (!context_.open_ended) add(Rule::missing_predicate, at, fmt::format("{} {} has no WHERE", verb, target.name));
    return;
  }
  const Fact fact = judge(where, target, relation, surroundings(from, erases));
  if (fact.truth == Truth::never) return;
  if (fact.truth == Truth::always) {
    if (context_.open_ended) return;
    add(Rule::always_true_predicate, std::max(location_of(where), at),
        fmt::format("the WHERE of {} {} lets every row through", verb, target.name));
  } else if (fact.range && !fact.unowned) {
    add(Rule::identity_range_delete, *fact.range < 0 ? at : *fact.range,
        fmt::format("{} {} takes its rows by a range of ids", verb, target.name));
  } else if (erases && !target.population.empty() && !fact.disposable && !fact.named && !fact.allowed && !fact.opaque &&
             !context_.open_ended) {
    add(Rule::delete_not_by_population, at,
        fmt::format("{} {} does not ask for a disposable {}", verb, target.name, target.population));
  }
}

void Examiner::judge_settings(std::string_view verb, const PgQuery__RangeVar& relation, const Target& target,
                              std::span<Node* const> settings, bool unowned, bool id_is_given, int at) {
  const std::string_view alias = relation.alias ? text(relation.alias->aliasname) : text(relation.relname);
  for (const Node* node : settings) {
    const PgQuery__ResTarget& setting = *node->res_target;
    const int place = setting.location > 0 ? setting.location : at;
    const std::string_view column = text(setting.name);
    const Node* value = assigned(setting);
    if (target.is_population(column) && !unowned && !keeps(value, target, alias, true)) {
      add(Rule::population_rewritten, place, fmt::format("{} {} sets {}", verb, target.name, column));
    }
    if (target.is_id(column) && !id_is_given && !keeps(value, target, alias, false)) {
      add(Rule::identity_rewritten, place, fmt::format("{} {} sets {}", verb, target.name, column));
    }
  }
}

void Examiner::examine(const PgQuery__DeleteStmt& erase) {
  const auto found = target(erase.relation);
  if (!found) return;
  judge_rows("DELETE FROM", *erase.relation, *found, erase.where_clause,
             items(erase.n_using_clause, erase.using_clause), erase.relation->location, true);
}

void Examiner::examine(const PgQuery__UpdateStmt& update) {
  const auto found = target(update.relation);
  if (!found) return;
  const auto from = items(update.n_from_clause, update.from_clause);
  judge_rows("UPDATE", *update.relation, *found, update.where_clause, from, update.relation->location, false);
  const Fact fact = judge(update.where_clause, *found, *update.relation, surroundings(from, false));
  judge_settings("UPDATE", *update.relation, *found, items(update.n_target_list, update.target_list), fact.unowned,
                 false, update.relation->location);
}

void Examiner::examine(const PgQuery__MergeStmt& merge) {
  const auto found = target(merge.relation);
  if (!found) return;
  Node* const sources[] = {merge.source_relation};
  const std::span<Node* const> from(sources, merge.source_relation ? 1 : 0);
  const int at = merge.relation->location;
  const Surroundings around = surroundings(from, false);
  const bool by_id = joins_by_id(merge.join_condition, *found, *merge.relation, around);
  for (const Node* node : items(merge.n_merge_when_clauses, merge.merge_when_clauses)) {
    const PgQuery__MergeWhenClause& clause = *node->merge_when_clause;
    std::vector<Node*> both;
    for (Node* part : {merge.join_condition, clause.condition}) {
      if (part) both.push_back(part);
    }
    PgQuery__BoolExpr all = PG_QUERY__BOOL_EXPR__INIT;
    all.boolop = PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    all.n_args = both.size();
    all.args = both.data();
    Node where = PG_QUERY__NODE__INIT;
    where.node_case = PG_QUERY__NODE__NODE_BOOL_EXPR;
    where.bool_expr = &all;
    const auto targets = items(clause.n_target_list, clause.target_list);
    switch (clause.command_type) {
      case PG_QUERY__CMD_TYPE__CMD_UPDATE:
        if (by_id) {
          add(Rule::identity_upsert, at,
              fmt::format("MERGE on the id of {} updates the row that is there", found->name));
        } else {
          judge_rows("MERGE … UPDATE of", *merge.relation, *found, &where, from, at, false);
        }
        judge_settings("MERGE … UPDATE of", *merge.relation, *found, targets, false, false, at);
        break;
      case PG_QUERY__CMD_TYPE__CMD_DELETE:
        judge_rows("MERGE … DELETE from", *merge.relation, *found, &where, from, at, true);
        break;
      case PG_QUERY__CMD_TYPE__CMD_INSERT:
        for (std::size_t i = 0; i < targets.size() && i < clause.n_values; ++i) {
          if (!found->is_id(text(targets[i]->res_target->name))) continue;
          const auto place = Origins(with_, context_.given, effort_).literal(clause.values[i], from);
          if (place)
            add(Rule::hard_coded_identity, *place, fmt::format("a row of {} is given a literal id", found->name));
        }
        break;
      default:
        break;
    }
  }
}

}  // namespace lint
