// Rules about what takes whole tables, or what carries their contract: TRUNCATE, DROP, ALTER TABLE, foreign keys.
#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "lint/statement.h"

namespace lint {
namespace {

struct Dropped {
  std::string schema;
  std::string name;
  std::string written;
};

Dropped dropped(const Node* object) {
  Dropped result;
  const auto parts = list_items(object);
  if (parts.empty()) {
    result.name = string_of(object);
  } else {
    result.name = string_of(parts.back());
    if (parts.size() > 1) result.schema = string_of(parts[parts.size() - 2]);
  }
  result.written = result.schema.empty() ? result.name : result.schema + "." + result.name;
  return result;
}

// Schemas in which a contract table lies, or may lie.
bool holds_contract_table(std::string_view schema, const Tables& tables) {
  if (!tables.has_contract()) return true;
  return std::any_of(tables.declared().begin(), tables.declared().end(), [&](const Tables::Declared& each) {
    return each.name.schema.empty() ? schema == "public" : each.name.schema == schema;
  });
}

}  // namespace

void Examiner::examine(const PgQuery__TruncateStmt& truncate) {
  const bool cascades = truncate.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  for (const Node* node : items(truncate.n_relations, truncate.relations)) {
    const PgQuery__RangeVar& table = *node->range_var;
    const bool temporary =
        context_.temporary && text(table.schemaname).empty() && context_.temporary->contains(text(table.relname));
    if (temporary) continue;
    if (const auto found = target(&table)) {
      add(Rule::truncate, table.location, fmt::format("TRUNCATE takes every row of {}", found->name));
    }
    if (cascades) {
      add(Rule::cascade, table.location,
          fmt::format("TRUNCATE {} CASCADE takes every row of every table that references it", text(table.relname)));
    }
  }
}

void Examiner::examine(const PgQuery__DropStmt& drop) {
  const bool cascades = drop.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
  for (const Node* node : items(drop.n_objects, drop.objects)) {
    const Dropped object = dropped(node);
    bool ours = false;
    switch (drop.remove_type) {
      case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: {
        const bool temporary = object.schema.empty() && context_.temporary && context_.temporary->contains(object.name);
        ours = !temporary && context_.tables->find(object.schema, object.name).has_value();
        if (ours) add(Rule::drop, 0, fmt::format("DROP TABLE {}", object.written));
        break;
      }
      case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
        ours = holds_contract_table(object.name, *context_.tables);
        if (ours) add(Rule::drop, 0, fmt::format("DROP SCHEMA {}, which holds contract tables", object.written));
        break;
      case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        ours = context_.tables->minted_from(object.schema, object.name) != nullptr;
        if (ours)
          add(Rule::drop, 0, fmt::format("DROP SEQUENCE {}, which gives out a contract table's ids", object.written));
        break;
      default:
        break;
    }
    if (ours && cascades) {
      add(Rule::cascade, 0, fmt::format("DROP … {} CASCADE drops what depends on it, unnamed", object.written));
    }
  }
}

void Examiner::examine(const PgQuery__DropdbStmt& drop) {
  add(Rule::drop, 0, fmt::format("DROP DATABASE {} takes every table in it", text(drop.dbname)));
}

void Examiner::examine(const PgQuery__DropOwnedStmt& drop) {
  add(Rule::drop, 0, "DROP OWNED takes every table of a role, unnamed");
  if (drop.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
    add(Rule::cascade, 0, "DROP OWNED … CASCADE drops what depends on it, unnamed");
  }
}

void Examiner::examine(const PgQuery__Constraint& constraint) {
  if (constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN || text(constraint.fk_del_action) != "c") return;
  if (const auto found = target(constraint.pktable)) {
    add(Rule::cascade, constraint.location,
        fmt::format("a foreign key ON DELETE CASCADE: whoever deletes from {} deletes here, unnamed", found->name));
  }
}

void Examiner::drop_column(const PgQuery__AlterTableCmd& command, const Target& target, int at) {
  const std::string_view column = text(command.name);
  const bool carries = target.is_id(column) || target.is_population(column);
  if (carries)
    add(Rule::drop, at, fmt::format("ALTER TABLE {} drops {}, which its contract rests on", target.name, column));
  if (carries && command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
    add(Rule::cascade, at, fmt::format("DROP COLUMN {} CASCADE drops what depends on it, unnamed", column));
  }
}

// A constraint on the id, or one that is named after the population. Whoever puts another one of its name in its place
// takes nothing away.
void Examiner::drop_constraint(const PgQuery__AlterTableStmt& alter, const PgQuery__AlterTableCmd& command,
                               const Target& target) {
  const std::string_view name = text(command.name);
  const int at = alter.relation->location;
  if (command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
    add(Rule::cascade, at, fmt::format("DROP CONSTRAINT {} CASCADE drops what depends on it, unnamed", name));
  }
  const bool of_population = !target.population.empty() && name.find(target.population) != name.npos;
  const auto commands = items(alter.n_cmds, alter.cmds);
  const bool replaced = std::any_of(commands.begin(), commands.end(), [&](const Node* node) {
    const Node* added = node->alter_table_cmd->def;
    return added && added->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && text(added->constraint->conname) == name;
  });
  if (replaced || (!of_population && !target.is_id_constraint(name))) return;
  add(Rule::drop, at, fmt::format("ALTER TABLE {} drops {}, which its contract rests on", target.name, name));
}

void Examiner::examine(const PgQuery__RenameStmt& rename) {
  const auto found =
      rename.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ? target(rename.relation) : std::nullopt;
  const std::string_view column = text(rename.subname);
  if (!found || (!found->is_id(column) && !found->is_population(column))) return;
  add(Rule::drop, rename.relation->location,
      fmt::format("ALTER TABLE {} renames {}, which its contract rests on", found->name, column));
}

// ALTER COLUMN … TYPE … USING, where USING is more than the column in its new type.
void Examiner::retype_column(const PgQuery__AlterTableCmd& command, const Target& target, int at) {
  if (!command.def || command.def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) return;
  const Node* value = bare(command.def->column_def->raw_default);
  const auto column = column_of(value);
  if (!value || (column && column->name == text(command.name))) return;
  if (target.is_population(text(command.name))) {
    add(Rule::population_rewritten, at, fmt::format("ALTER TABLE {} computes {} anew", target.name, command.name));
  } else if (target.is_id(text(command.name))) {
    add(Rule::identity_rewritten, at, fmt::format("ALTER TABLE {} computes {} anew", target.name, command.name));
  }
}

void Examiner::examine(const PgQuery__AlterTableStmt& alter) {
  if (alter.objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) return;
  const auto found = target(alter.relation);
  if (!found) return;
  for (const Node* node : items(alter.n_cmds, alter.cmds)) {
    if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
    const PgQuery__AlterTableCmd& command = *node->alter_table_cmd;
    const int at = alter.relation->location;
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn) drop_column(command, *found, at);
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType) retype_column(command, *found, at);
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint) drop_constraint(alter, command, *found);
  }
}

}  // namespace lint
