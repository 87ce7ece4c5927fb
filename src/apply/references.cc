#include "apply/references.h"

#include <fmt/core.h>

#include <algorithm>

#include "pg/catalog_parts.h"

namespace apply {

namespace {

// One row for each column of each key. The table that a key names is that of the topmost of the constraints that stand
// for it on partitions.
std::string reference_query(int major) {
  return fmt::format(R"(
    WITH RECURSIVE up AS (
      SELECT oid AS own, oid, conparentid, confrelid FROM pg_catalog.pg_constraint WHERE contype = 'f'
      UNION ALL
      SELECT up.own, k.oid, k.conparentid, k.confrelid FROM up JOIN pg_catalog.pg_constraint k ON k.oid = up.conparentid)
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, cn.nspname, c.relname, c.relkind,
           tn.nspname, t.relname, t.relkind, k.confmatchtype = 'f', k.condeferrable, {},
           above.conrelid IS DISTINCT FROM k.conrelid, above.confrelid IS DISTINCT FROM k.confrelid, up.oid,
           ca.attname, pa.attname, pg_catalog.format_type(ca.atttypid, -1), pg_catalog.format_type(pa.atttypid, -1),
           pfn.nspname, pfo.oprname, ppn.nspname, ppo.oprname, k.confdeltype <> 'a', k.confupdtype <> 'a'
    FROM pg_catalog.pg_constraint k
      JOIN up ON up.own = k.oid AND up.conparentid = 0
      JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = up.confrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      LEFT JOIN pg_catalog.pg_constraint above ON above.oid = k.conparentid
      CROSS JOIN LATERAL unnest(k.conkey, k.confkey, k.conpfeqop, k.conppeqop) WITH ORDINALITY
        AS part(child, parent, pf, pp, n)
      JOIN pg_catalog.pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = part.child
      JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = part.parent
      JOIN pg_catalog.pg_operator pfo ON pfo.oid = part.pf
      JOIN pg_catalog.pg_namespace pfn ON pfn.oid = pfo.oprnamespace
      JOIN pg_catalog.pg_operator ppo ON ppo.oid = part.pp
      JOIN pg_catalog.pg_namespace ppn ON ppn.oid = ppo.oprnamespace
    WHERE k.contype = 'f' AND {}
    ORDER BY k.oid, part.n)",
                     major >= 18 ? "k.conperiod" : "false", major >= 18 ? "k.conenforced" : "true");
}

std::string from_item(const std::string& schema, const std::string& name, char kind) {
  return (kind == 'p' ? "" : "ONLY ") + pg::quote_qualified(schema, name);
}

std::string operator_of(const pg::OptionalText& schema, const pg::OptionalText& name) {
  return fmt::format("OPERATOR({}.{})", pg::quote_identifier(pg::to_text(schema)), pg::to_text(name));
}

// "p.a = k.v0::integer AND …" for the parent `p`, or the child `c`, whose values the batch holds.
std::string parents_of_children(const Reference& reference) {
  std::string same;
  for (std::size_t i = 0; i < reference.columns.size(); ++i) {
    const Reference::Column& column = reference.columns[i];
    same += fmt::format("{}p.{} {} k.v{}::{}", i ? " AND " : "", pg::quote_identifier(column.parent), column.equal, i,
                        column.child_type);
  }
  return same;
}

std::string children_of_parents(const Reference& reference) {
  std::string same;
  for (std::size_t i = 0; i < reference.columns.size(); ++i) {
    const Reference::Column& column = reference.columns[i];
    same += fmt::format("{}k.v{}::{} {} c.{}", i ? " AND " : "", i, column.parent_type, column.equal,
                        pg::quote_identifier(column.child));
  }
  return same;
}

std::string parents_of_parents(const Reference& reference) {
  std::string same;
  for (std::size_t i = 0; i < reference.columns.size(); ++i) {
    const Reference::Column& column = reference.columns[i];
    same += fmt::format("{}p.{} {} k.v{}::{}", i ? " AND " : "", pg::quote_identifier(column.parent),
                        column.parent_equal, i, column.parent_type);
  }
  return same;
}

std::size_t number_of(const std::optional<std::string_view>& text) {
  return std::stoull(std::string(text.value())) - 1;
}

}  // namespace

std::vector<Reference> read_references(pg::Connection& connection) {
  std::vector<Reference> references;
  std::string last;
  for (const pg::Row& row : connection.rows(reference_query(connection.server_major()))) {
    const std::string oid = pg::to_text(row[0]);
    if (oid != last) {
      const std::string child_schema = pg::to_text(row[4]);
      const std::string child = pg::to_text(row[5]);
      const std::string parent_schema = pg::to_text(row[7]);
      const std::string parent = pg::to_text(row[8]);
      references.push_back({.name = pg::to_text(row[1]),
                            .whole = pg::to_oid(row[15]),
                            .child = pg::to_oid(row[2]),
                            .parent = pg::to_oid(row[3]),
                            .child_schema = child_schema,
                            .child_table = child,
                            .child_name = child_schema + "." + child,
                            .parent_schema = parent_schema,
                            .parent_table = parent,
                            .parent_name = parent_schema + "." + parent,
                            .child_from = from_item(child_schema, child, pg::to_char(row[6])),
                            .parent_from = from_item(parent_schema, parent, pg::to_char(row[9])),
                            .columns = {},
                            .match_full = pg::to_bool(row[10]),
                            .deferrable = pg::to_bool(row[11]),
                            .acts_on_delete = pg::to_bool(row[24]),
                            .acts_on_update = pg::to_bool(row[25]),
                            .temporal = pg::to_bool(row[12]),
                            .checks_child = pg::to_bool(row[13]),
                            .checks_parent = pg::to_bool(row[14])});
      last = oid;
    }
    references.back().columns.push_back({.child = pg::to_text(row[16]),
                                         .parent = pg::to_text(row[17]),
                                         .child_type = pg::to_text(row[18]),
                                         .parent_type = pg::to_text(row[19]),
                                         .equal = operator_of(row[20], row[21]),
                                         .parent_equal = operator_of(row[22], row[23])});
  }
  return references;
}

std::vector<std::uint32_t> places_of(const changeset::Relation& relation, const std::vector<std::string>& columns) {
  std::vector<std::uint32_t> places;
  for (const std::string& name : columns) {
    const auto at = std::find_if(relation.columns.begin(), relation.columns.end(),
                                 [&](const changeset::Column& column) { return column.name == name; });
    if (at == relation.columns.end()) return {};
    places.push_back(static_cast<std::uint32_t>(at - relation.columns.begin()));
  }
  return places;
}

void find_orphans(pg::Connection& connection, const Reference& reference, ValueBatch& values, bool lock,
                  const std::function<void(std::size_t)>& missing) {
  std::vector<bool> found(values.size());
  const std::string sql = fmt::format("SELECT k.n FROM {} JOIN {} p ON {}", unnested(reference.columns.size()),
                                      reference.parent_from, parents_of_children(reference));
  const auto mark = [&](const auto& row) { found.at(number_of(row.at(0))) = true; };
  const std::vector<pg::OptionalText> parameters = values.parameters();
  if (!lock) {
    connection.each_row(sql, parameters, mark);
  } else {
    // Nobody can delete a row that our own transaction made: there is nothing to lock.
    const std::string own = fmt::format(
        " WHERE p.xmin::pg_catalog.text = (pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8 & {})::"
        "pg_catalog.text",
        UINT32_MAX);
    connection.each_row(sql + own, parameters, mark);
    if (std::find(found.begin(), found.end(), false) != found.end()) {
      connection.each_row(sql + " FOR KEY SHARE OF p", parameters, mark);
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) missing(i);
  }
}

void find_referenced(pg::Connection& connection, const Reference& reference, ValueBatch& values,
                     const std::function<void(std::size_t)>& referenced) {
  const std::string sql = fmt::format(
      "SELECT k.n FROM {} WHERE EXISTS (SELECT FROM {} c WHERE {}) AND NOT EXISTS (SELECT FROM {} p WHERE {})",
      unnested(reference.columns.size()), reference.child_from, children_of_parents(reference), reference.parent_from,
      parents_of_parents(reference));
  connection.each_row(sql, values.parameters(), [&](const auto& row) { referenced(number_of(row.at(0))); });
}

void count_children(pg::Connection& connection, const Reference& reference, ValueBatch& values,
                    const std::function<void(std::size_t, std::int64_t)>& count) {
  const std::string sql =
      fmt::format("SELECT k.n, pg_catalog.count(*) FROM {} JOIN {} c ON {} GROUP BY k.n",
                  unnested(reference.columns.size()), reference.child_from, children_of_parents(reference));
  connection.each_row(sql, values.parameters(), [&](const auto& row) {
    count(number_of(row.at(0)), std::stoll(std::string(row.at(1).value())));
  });
}

}  // namespace apply
