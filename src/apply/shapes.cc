#include "apply/shapes.h"

#include <algorithm>
#include <array>

namespace apply {

namespace {

constexpr std::array<std::string_view, 8> reference_endings = {"_id", "Id", "ID", "_ids", "_ref", "_key", "_pk", "_fk"};

bool is_integer(const std::string& type) {
  return type == "bigint" || type == "integer" || type == "smallint";
}

const pg::Column* numbered(const pg::Table& table, int number) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const pg::Column& column) { return column.number == number; });
  return found == table.columns.end() ? nullptr : &*found;
}

}  // namespace

Shapes::Shapes(pg::Connection& connection, const pg::Catalog& catalog) {
  read_defaults(connection, catalog);
  add_plain_keys(catalog);
  do {
    follow_partitions(catalog);
  } while (follow_foreign_keys(catalog));
  note_names(catalog);
  for (const auto& [oid, table] : catalog.tables) {
    const pg::Column* key = table.primary_key.size() == 1 ? numbered(table, table.primary_key[0]) : nullptr;
    const auto column = columns_.find({table.qualified(), key ? key->name : ""});
    if (column != columns_.end()) column->second.alone_in_key = true;
  }
}

void Shapes::note_names(const pg::Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables) {
    for (const pg::Column& column : table.columns) {
      const auto known = columns_.find({table.qualified(), column.name});
      if (known == columns_.end()) continue;
      for (const std::string& sequence : known->second.sequences) {
        names_[sequence].insert(column.name);
        if (known->second.by_default) names_[sequence].insert(table.name);
      }
    }
  }
}

bool Shapes::may_mean(const std::string& name, const std::string& sequence) const {
  const auto names = names_.find(sequence);
  if (names != names_.end() && names->second.contains(name)) return true;
  return std::any_of(reference_endings.begin(), reference_endings.end(),
                     [&](std::string_view ending) { return name.size() > ending.size() && name.ends_with(ending); });
}

void Shapes::read_defaults(pg::Connection& connection, const pg::Catalog& catalog) {
  for (const pg::Row& row : connection.rows(R"(
      SELECT d.adrelid, a.attname, s.nspname || '.' || q.relname, NULL
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN pg_catalog.pg_depend e ON e.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.objid = d.oid
         AND e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_class q ON q.oid = e.refobjid AND q.relkind = 'S'
        JOIN pg_catalog.pg_namespace s ON s.oid = q.relnamespace
      UNION ALL
      SELECT e.refobjid, a.attname, s.nspname || '.' || q.relname, NULL
        FROM pg_catalog.pg_depend e
        JOIN pg_catalog.pg_class q ON q.oid = e.objid AND q.relkind = 'S'
        JOIN pg_catalog.pg_namespace s ON s.oid = q.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = e.refobjid AND a.attnum = e.refobjsubid AND a.attidentity <> ''
       WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'i'
         AND e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      UNION ALL
      SELECT d.adrelid, a.attname, NULL,
             (pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ 'gen_random_uuid\(|uuid_generate_v[14]|uuidv[47]\(')::text
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
       WHERE a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype AND a.attgenerated = ''
         AND pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '(') > 0)")) {
    const auto table = catalog.tables.find(static_cast<std::uint32_t>(std::stoul(row[0].value())));
    if (table == catalog.tables.end()) continue;
    Column& column = columns_[{table->second.qualified(), row[1].value()}];
    column.by_default = true;
    column.way = row[2] ? Way::drawn : Way::uuid;
    column.versioned = row[3] == "true";
    if (row[2]) column.sequences.insert(*row[2]);
  }
}

// Ids that the application mints itself: -nextval('web_user_id_seq').
void Shapes::add_plain_keys(const pg::Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables) {
    for (const pg::Column& column : table.columns) {
      const bool in_key =
          std::find(table.primary_key.begin(), table.primary_key.end(), column.number) != table.primary_key.end();
      if (!in_key || !is_integer(column.type)) continue;
      columns_[{table.qualified(), column.name}].key = table.qualified() + "." + column.name;
    }
  }
}

// A partition's rows are made through its root, by the root's defaults; and the other way round.
void Shapes::follow_partitions(const pg::Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables) {
    const auto root = catalog.tables.find(table.root);
    if (table.root == oid || root == catalog.tables.end()) continue;
    for (const pg::Column& column : table.columns) {
      const auto of_root = columns_.find({root->second.qualified(), column.name});
      if (of_root == columns_.end()) continue;
      Column& own = columns_[{table.qualified(), column.name}];
      if (!own.refers) own = of_root->second;
    }
  }
}

// Whether anything was learnt.
bool Shapes::follow_foreign_keys(const pg::Catalog& catalog) {
  bool learnt = false;
  for (const pg::ForeignKey& key : catalog.foreign_keys) {
    const auto child = catalog.tables.find(key.table);
    const auto parent = catalog.tables.find(key.target);
    if (child == catalog.tables.end() || parent == catalog.tables.end()) continue;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      const pg::Column* from = numbered(child->second, key.columns[i]);
      const pg::Column* to = numbered(parent->second, key.target_columns.at(i));
      if (!from || !to) continue;
      const auto source = columns_.find({parent->second.qualified(), to->name});
      if (source == columns_.end()) continue;
      const auto [column, added] = columns_.try_emplace({child->second.qualified(), from->name});
      if (!added && column->second.refers) continue;
      column->second.way = source->second.way;
      column->second.sequences = source->second.sequences;
      column->second.key = source->second.key;
      column->second.refers = learnt = true;
    }
  }
  return learnt;
}

const Shapes::Column* Shapes::column(const std::string& table, const std::string& name) const {
  const auto found = columns_.find({table, name});
  return found == columns_.end() ? nullptr : &found->second;
}

}  // namespace apply
