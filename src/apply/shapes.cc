#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "apply/clock_values.h"
#include "apply/comparison.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool within(const Drawn& drawn, std::int64_t number) {
  return std::min(drawn.first, drawn.last) <= number && number <= std::max(drawn.first, drawn.last);
}

// No value of the column's type looks like that, so that a token equals nothing but a token.
std::optional<std::string> drawn_token(std::string_view value, const std::set<std::string>& sequences,
                                       const RunWindow& run) {
  const std::optional<std::int64_t> number = whole_number(value);
  if (!number) return std::nullopt;
  for (const auto& [name, drawn] : run.sequences) {
    if (!sequences.empty() && !sequences.contains(name)) continue;
    if (within(drawn, *number)) return fmt::format("(drawn from {})", name);
    if (*number < 0 && *number != INT64_MIN && within(drawn, -*number)) return fmt::format("(drawn from -{})", name);
  }
  return std::nullopt;
}

bool is_integer(const std::string& type) {
  return type == "bigint" || type == "integer" || type == "smallint";
}

}  // namespace

Shapes::Shapes(pg::Connection& connection, const pg::Catalog& catalog) {
  read_defaults(connection, catalog);
  add_plain_keys(catalog);
  do {
    follow_partitions(catalog);
  } while (follow_foreign_keys(catalog));
}

void Shapes::read_defaults(pg::Connection& connection, const pg::Catalog& catalog) {
  for (const pg::Row& row : connection.rows(R"(
      SELECT d.adrelid, a.attname, s.nspname || '.' || q.relname
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN pg_catalog.pg_depend e ON e.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND e.objid = d.oid
         AND e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_class q ON q.oid = e.refobjid AND q.relkind = 'S'
        JOIN pg_catalog.pg_namespace s ON s.oid = q.relnamespace
      UNION ALL
      SELECT e.refobjid, a.attname, s.nspname || '.' || q.relname
        FROM pg_catalog.pg_depend e
        JOIN pg_catalog.pg_class q ON q.oid = e.objid AND q.relkind = 'S'
        JOIN pg_catalog.pg_namespace s ON s.oid = q.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = e.refobjid AND a.attnum = e.refobjsubid AND a.attidentity <> ''
       WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'i'
         AND e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      UNION ALL
      SELECT d.adrelid, a.attname, NULL
        FROM pg_catalog.pg_attrdef d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
       WHERE a.atttypid = 'pg_catalog.uuid'::pg_catalog.regtype AND a.attgenerated = ''
         AND pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '(') > 0)")) {
    const auto table = catalog.tables.find(static_cast<std::uint32_t>(std::stoul(row[0].value())));
    if (table == catalog.tables.end()) continue;
    Reached& column = columns_[{table->second.qualified(), row[1].value()}];
    column.by_default = true;
    column.way = row[2] ? Way::drawn : Way::uuid;
    if (row[2]) column.sequences.insert(*row[2]);
  }
}

// Ids that the application mints itself: -nextval('web_user_id_seq').
void Shapes::add_plain_keys(const pg::Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables) {
    for (const pg::Column& column : table.columns) {
      const bool in_key =
          std::find(table.primary_key.begin(), table.primary_key.end(), column.number) != table.primary_key.end();
      if (in_key && is_integer(column.type)) columns_.try_emplace({table.qualified(), column.name});
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
      if (of_root != columns_.end()) columns_[{table.qualified(), column.name}] = of_root->second;
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
    const auto named = [](const pg::Table& table, int number) -> const pg::Column* {
      const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                      [&](const pg::Column& column) { return column.number == number; });
      return found == table.columns.end() ? nullptr : &*found;
    };
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      const pg::Column* from = named(child->second, key.columns[i]);
      const pg::Column* to = named(parent->second, key.target_columns.at(i));
      if (!from || !to) continue;
      const auto source = columns_.find({parent->second.qualified(), to->name});
      if (source == columns_.end()) continue;
      Reached reached = source->second;
      reached.by_default = false;
      learnt |= columns_.try_emplace({child->second.qualified(), from->name}, std::move(reached)).second;
    }
  }
  return learnt;
}

const Shapes::Reached* Shapes::reached(const changeset::Relation& relation, std::size_t column) const {
  const auto found = columns_.find({relation.qualified(), relation.columns.at(column).name});
  return found == columns_.end() ? nullptr : &found->second;
}

std::vector<std::string> Shapes::new_uuids(const changeset::Relation& relation, std::string_view before,
                                           std::string_view after) const {
  std::vector<std::string> uuids;
  changeset::TupleReader values(after);
  changeset::TupleReader old_values(before);
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const changeset::Value value = values.next();
    const bool kept = !before.empty() && old_values.next() == value;
    const Reached* column = reached(relation, i);
    if (value && !kept && column && column->way == Way::uuid && column->by_default) uuids.emplace_back(*value);
  }
  return uuids;
}

std::string Shapes::masked(const changeset::Relation& relation, std::string_view before, std::string_view after,
                           const RunWindow& run) const {
  changeset::TupleReader values(after);
  changeset::TupleReader old_values(before);
  changeset::TupleWriter writer;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const changeset::Value value = values.next();
    const bool kept = !before.empty() && old_values.next() == value;
    std::optional<std::string> token;
    if (value && !kept) {
      const Reached* column = reached(relation, i);
      if (column && column->way == Way::drawn) token = drawn_token(*value, column->sequences, run);
      if (column && column->way == Way::uuid && run.uuids.contains(std::string(*value))) token = "(random)";
      if (!token) token = clock_token(relation.columns[i].type, *value, run.began, run.ended);
    }
    writer.add(token ? changeset::Value(*token) : value);
  }
  return writer.take();
}

}  // namespace apply
