#include "lint/tables.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace lint {
namespace {

// Bytes of a statement in which a table is named.
constexpr std::size_t most_read_ahead = 512;

// True where what a statement names may be the contract's `declared`.
bool means(const sql::TableName& declared, std::string_view schema, std::string_view name) {
  if (declared.name != name) return false;
  if (schema.empty() || schema == declared.schema) return true;
  return declared.schema.empty() && schema == "public";
}

std::string singular(std::string_view table) {
  if (table.ends_with("ies")) return std::string(table.substr(0, table.size() - 3)) + "y";
  if (table.ends_with("s") && !table.ends_with("ss")) return std::string(table.substr(0, table.size() - 1));
  return std::string(table);
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : base::lower_case(name) + "_") {
    if (c != '_' && c != '-' && c != '.') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

std::vector<std::string> strings(std::span<Node* const> nodes) {
  std::vector<std::string> result;
  for (const Node* node : nodes) result.emplace_back(string_of(node));
  return result;
}

void read_constraint(const PgQuery__Constraint& constraint, std::string_view column, Lesson& lesson) {
  const bool primary = constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
  if (!primary && constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE) return;
  std::vector<std::string> keys = strings(items(constraint.n_keys, constraint.keys));
  if (keys.empty() && !column.empty()) keys.emplace_back(column);
  lesson.constraints.push_back({primary, std::string(text(constraint.conname)), std::move(keys)});
}

void read_constraints(const PgQuery__AlterTableStmt& alter, std::vector<Lesson>& lessons) {
  if (!alter.relation) return;
  Lesson lesson{.table = alter.relation->relname};
  for (const Node* node : items(alter.n_cmds, alter.cmds)) {
    if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
    const PgQuery__AlterTableCmd& command = *node->alter_table_cmd;
    if (command.def && command.def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
      read_constraint(*command.def->constraint, {}, lesson);
  }
  if (!lesson.constraints.empty()) lessons.push_back(std::move(lesson));
}

}  // namespace

bool Target::is_id(std::string_view column) const {
  return std::find(ids.begin(), ids.end(), column) != ids.end();
}

bool Target::is_disposable(std::string_view value) const {
  const contract::Population* found = table ? table->find(value) : nullptr;
  return found && found->disposable;
}

bool Target::is_id_constraint(std::string_view constraint) const {
  if (definition && definition->key_names.contains(std::string(constraint))) return true;
  const std::string table_name = base::lower_case(sql::qualified_name(name).name);
  const std::string one = singular(table_name);
  std::vector<std::string> of_table = words_of(table_name);
  for (std::string& word : words_of(one)) of_table.push_back(std::move(word));
  static const std::set<std::string, std::less<>> filling = {"pkey", "pk",  "primary", "key",        "uq", "unique",
                                                             "uniq", "idx", "index",   "constraint", "ux", "uk"};
  bool says_id = false;
  for (const std::string& word : words_of(constraint)) {
    const bool of_id = is_id(word) || word == "pkey" || word == "pk" || word == "primary";
    says_id = says_id || of_id;
    if (!of_id && !filling.contains(word) && std::find(of_table.begin(), of_table.end(), word) == of_table.end()) {
      const bool part_of_id = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
        const std::vector<std::string> parts = words_of(id);
        return std::find(parts.begin(), parts.end(), word) != parts.end();
      });
      if (!part_of_id) return false;
      says_id = true;
    }
  }
  return says_id;
}

Tables::Tables(const contract::Contract* contract, Names names) : contract_(contract), names_(std::move(names)) {
  if (!contract) return;
  for (const contract::Table& table : contract->tables) declared_.push_back({&table, sql::qualified_name(table.name)});
}

bool Tables::may_teach(std::string_view statement) const {
  const std::string text = base::lower_case(statement.substr(0, most_read_ahead));
  const bool creates = text.starts_with("create") && text.find("table") < 48;
  const bool alters =
      text.starts_with("alter") && (text.find("primary") != text.npos || text.find("unique") != text.npos);
  if (!creates && !alters) return false;
  if (!contract_) return true;
  return std::any_of(declared_.begin(), declared_.end(), [&](const Declared& declared) {
    return text.find(base::lower_case(declared.name.name)) != text.npos;
  });
}

void Tables::read_lessons(const PgQuery__ParseResult& tree, std::vector<Lesson>& lessons) const {
  for (std::size_t i = 0; i < tree.n_stmts; ++i) {
    const Node* node = tree.stmts[i]->stmt;
    if (!node) continue;
    if (node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT) read_table(*node->create_stmt, lessons);
    if (node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) read_constraints(*node->alter_table_stmt, lessons);
  }
}

void Tables::read_table(const PgQuery__CreateStmt& create, std::vector<Lesson>& lessons) const {
  if (!create.relation || text(create.relation->relpersistence) == "t") return;
  // A name that the program puts in is another one elsewhere.
  if (text(create.relation->relname).starts_with("hole_")) return;
  if (contract_ && !find(create.relation)) return;
  Lesson& lesson = lessons.emplace_back(Lesson{.table = create.relation->relname, .creates = true});
  Definition& definition = lesson.definition;
  definition.complete = create.n_inh_relations == 0 && !create.of_typename && !create.partbound;
  const auto elements = items(create.n_table_elts, create.table_elts);
  for (const Node* element : elements) {
    if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) definition.complete = false;
    if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
      const PgQuery__ColumnDef& column = *element->column_def;
      definition.columns.emplace_back(column.colname);
      for (const Node* constraint : items(column.n_constraints, column.constraints)) {
        read_constraint(*constraint->constraint, column.colname, lesson);
      }
    }
  }
  for (const Node* element : elements) {
    if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) read_constraint(*element->constraint, {}, lesson);
  }
}

void Tables::learn(Lesson&& lesson) {
  Definition& definition = definitions_[lesson.table];
  if (lesson.creates) definition = std::move(lesson.definition);
  for (KeyConstraint& constraint : lesson.constraints) {
    if (constraint.primary) {
      definition.key = std::move(constraint.columns);
    } else if (constraint.columns != definition.key) {
      continue;
    }
    if (!constraint.name.empty()) definition.key_names.insert(std::move(constraint.name));
  }
}

std::optional<Target> Tables::find(std::string_view schema, std::string_view name) const {
  if (name.empty() || schema == "pg_temp" || schema == "pg_catalog" || schema == "information_schema")
    return std::nullopt;
  Target target;
  const auto known = definitions_.find(name);
  target.definition = known == definitions_.end() ? nullptr : &known->second;
  if (contract_) return find_declared(schema, name, std::move(target));
  target.name = name;
  if (target.definition && target.definition->complete && target.definition->key.empty()) return std::nullopt;
  if (target.definition && !target.definition->key.empty()) {
    if (target.definition->key.size() == 1) target.ids = target.definition->key;
  } else {
    target.ids = {"id", singular(name) + "_id", std::string(name) + "_id"};
  }
  return target;
}

std::optional<Target> Tables::find_declared(std::string_view schema, std::string_view name, Target target) const {
  Meaning meaning;
  if (const auto known = names_.find ? names_.find(schema, name) : std::nullopt) {
    meaning = *known;
  } else {
    const auto found = std::find_if(declared_.begin(), declared_.end(),
                                    [&](const Declared& each) { return means(each.name, schema, name); });
    if (found != declared_.end()) meaning = {found->table, found->table->id, found->table->population};
  }
  if (!meaning.table) return std::nullopt;
  target.table = meaning.table;
  target.name = sql::qualified_name(meaning.table->name).name == name ? meaning.table->name : std::string(name);
  if (!meaning.id.empty()) target.ids = {meaning.id};
  target.population = meaning.population;
  return target;
}

bool Tables::may_be_named_in(std::string_view text) const {
  if (!contract_) return true;
  const auto named = [&](std::string_view name) { return base::contains_ignoring_case(text, base::lower_case(name)); };
  return std::any_of(declared_.begin(), declared_.end(), [&](const Declared& each) { return named(each.name.name); }) ||
         std::any_of(names_.all.begin(), names_.all.end(), named);
}

std::optional<Target> Tables::find(const PgQuery__RangeVar* table) const {
  if (!table) return std::nullopt;
  return find(text(table->schemaname), text(table->relname));
}

const contract::Table* Tables::minted_from(std::string_view schema, std::string_view sequence) const {
  for (const auto& [table, name] : declared_) {
    if (means({name.schema, name.name + "_" + table->id + "_seq"}, schema, sequence)) return table;
    for (const contract::Population& population : table->populations) {
      if (population.minted_by && means(sql::qualified_name(population.minted_by->sequence), schema, sequence))
        return table;
    }
  }
  return nullptr;
}

}  // namespace lint
