#include "guard/relation_names.h"

#include <algorithm>

#include "lint/check.h"
#include "lint/node.h"
#include "pg/catalog_parts.h"
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/parse_tree.h"

namespace guard {

namespace {

using lint::Meaning;

// What a view that shows rows of one relation says of itself.
struct View {
  std::string schema, name;                  // of that relation
  std::map<std::string, std::string> shown;  // its columns, and what the view calls them
  std::string rows;                          // "public.users WHERE …": which of them
};

std::optional<View> read_view(const std::string& definition) {
  std::optional<View> view;
  sql::with_parse_tree(definition, [&](const PgQuery__ParseResult& tree) {
    const PgQuery__SelectStmt* select = tree.n_stmts == 1 ? lint::select_of(tree.stmts[0]->stmt) : nullptr;
    if (!select || select->n_from_clause != 1) return;
    const lint::Node* from = select->from_clause[0];
    if (from->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) return;
    view = View{.schema = std::string(lint::text(from->range_var->schemaname)),
                .name = std::string(lint::text(from->range_var->relname)),
                .shown = {},
                .rows = definition.substr(static_cast<std::size_t>(from->range_var->location))};
    for (const lint::Node* target : lint::items(select->n_target_list, select->target_list)) {
      const PgQuery__ResTarget& shown = *target->res_target;
      if (const auto column = lint::column_of(shown.val)) {
        const std::string name(column->name);
        view->shown.try_emplace(name, lint::text(shown.name).empty() ? name : shown.name);
      }
    }
  });
  return view;
}

std::string shown_as(const View& view, const std::string& column) {
  const auto found = view.shown.find(column);
  return found == view.shown.end() ? "" : found->second;
}

}  // namespace

RelationNames::RelationNames(const contract::Contract& contract, const Bound& bound, pg::Connection& connection) {
  read_tables(bound, connection);
  read_views(contract, connection);
  read_namesakes(connection);
}

lint::Names RelationNames::under(const std::optional<std::vector<std::string>>& path) const {
  std::vector<std::string> all;
  for (const auto& [name, relations] : relations_) all.push_back(name);
  return {.find = [this, path](std::string_view schema, std::string_view name) { return find(schema, name, path); },
          .all = std::move(all)};
}

// With their partitions, in which an id means the same.
void RelationNames::read_tables(const Bound& bound, pg::Connection& connection) {
  for (const BoundTable& table : bound.tables) {
    for (const pg::Row& row :
         connection.rows("with recursive part as (select $1::oid as oid union all"
                         "  select i.inhrelid from part join pg_catalog.pg_inherits i on i.inhparent = part.oid"
                         "  join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition)"
                         "select n.nspname, c.relname from part join pg_catalog.pg_class c on c.oid = part.oid"
                         " join pg_catalog.pg_namespace n on n.oid = c.relnamespace",
                         {std::to_string(table.oid)})) {
      relations_[pg::to_text(row[1])].push_back(
          {pg::to_text(row[0]), {table.declared, table.id.name, table.population.name}});
    }
  }
}

// Those that the server itself deletes through, until none leads to another.
void RelationNames::read_views(const contract::Contract& contract, pg::Connection& connection) {
  const auto views = connection.rows(
      "select n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid) from pg_catalog.pg_class c"
      " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
      " where c.relkind = 'v' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
      // UPDATE is bit 2, DELETE bit 4.
      "  and pg_catalog.pg_relation_is_updatable(c.oid, false) & 20 <> 0 order by c.oid");
  std::vector<bool> taken(views.size());
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (taken[i]) continue;
      const pg::Row& view = views[i];
      taken[i] = add_view(contract, pg::to_text(view[0]), pg::to_text(view[1]), pg::to_text(view[2]));
      more = more || taken[i];
    }
  }
}

bool RelationNames::add_view(const contract::Contract& contract, const std::string& schema, const std::string& name,
                             const std::string& definition) {
  const auto view = read_view(definition);
  const Meaning* below = view ? known(view->schema, view->name) : nullptr;
  if (!below) return false;
  // One that shows nothing but test data can only do what a deletion of these may.
  if (lint::check(name, "DELETE FROM " + view->rows, lint::Tables(&contract, under(std::nullopt))).empty())
    return false;
  relations_[name].push_back({schema, {below->table, shown_as(*view, below->id), shown_as(*view, below->population)}});
  return true;
}

void RelationNames::read_namesakes(pg::Connection& connection) {
  for (const pg::Row& row :
       connection.rows("select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n"
                       " on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f')"
                       " and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'")) {
    const std::string schema = pg::to_text(row[0]);
    const auto all = relations_.find(pg::to_text(row[1]));
    if (all != relations_.end() && !known(schema, all->first)) all->second.push_back({schema, {}});
  }
}

const Meaning* RelationNames::known(std::string_view schema, std::string_view name) const {
  const auto all = relations_.find(name);
  if (all == relations_.end()) return nullptr;
  const auto found =
      std::find_if(all->second.begin(), all->second.end(), [&](const Relation& each) { return each.schema == schema; });
  return found == all->second.end() ? nullptr : &found->meaning;
}

std::optional<Meaning> RelationNames::find(std::string_view schema, std::string_view name,
                                           const std::optional<std::vector<std::string>>& path) const {
  const auto all = relations_.find(name);
  if (all == relations_.end()) return std::nullopt;
  const std::vector<std::string> one = {std::string(schema)};
  if (!schema.empty() || path) {
    for (const std::string& each : schema.empty() ? *path : one) {
      if (const Meaning* meaning = known(each, name)) return *meaning;
    }
    return Meaning{};
  }
  const auto ours = std::find_if(all->second.begin(), all->second.end(),
                                 [](const Relation& each) { return each.meaning.table != nullptr; });
  return ours == all->second.end() ? Meaning{} : ours->meaning;
}

std::vector<std::string> schemas_of(std::string_view search_path) {
  std::vector<std::string> schemas;
  sql::Lexer lexer(search_path);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    const std::string_view text = lexer.text(token);
    if (token.kind == sql::TokenKind::word || token.kind == sql::TokenKind::quoted)
      schemas.push_back(sql::identifier(text));
  }
  return schemas;
}

}  // namespace guard
