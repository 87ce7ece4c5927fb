#include "apply/uniques.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "apply/references.h"
#include "apply/table_rows.h"
#include "pg/catalog_parts.h"

namespace apply {

namespace {

// A row for each part. Equality is what the operator class calls so: btree's strategy 3 (manual: "Interfacing
// Extensions to Indexes"); exclusion constraints name their operators.
std::string parts_query() {
  return R"(
    SELECT i.indexrelid, x.relname, i.indrelid, i.indisprimary, NOT i.indimmediate,
           i.indexprs IS NULL AND i.indpred IS NULL, i.indnullsnotdistinct, tn.nspname, t.relname,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid), pg_catalog.pg_get_indexdef(i.indexrelid, part.place::pg_catalog.int4, false),
           opn.nspname, op.oprname, coln.nspname, col.collname, i.indisexclusion
    FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
      CROSS JOIN LATERAL unnest(i.indclass::pg_catalog.oid[], i.indcollation::pg_catalog.oid[]) WITH ORDINALITY
        AS part(class, coll, place)
      JOIN pg_catalog.pg_opclass c ON c.oid = part.class
      JOIN pg_catalog.pg_operator op ON op.oid = coalesce(k.conexclop[part.place::pg_catalog.int4],
        (SELECT m.amopopr FROM pg_catalog.pg_amop m WHERE m.amopfamily = c.opcfamily AND m.amoppurpose = 's'
           AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype AND m.amopstrategy = 3))
      JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
      LEFT JOIN pg_catalog.pg_collation col ON col.oid = part.coll
      LEFT JOIN pg_catalog.pg_namespace coln ON coln.oid = col.collnamespace
    WHERE (i.indisunique OR i.indisexclusion) AND i.indislive AND part.place <= i.indnkeyatts AND )" +
         pg::of_user_schema("n") + " ORDER BY i.indexrelid, part.place";
}

// Which columns an index is made of: it depends on them, or its constraint does.
constexpr const char* uses_query = R"(
    SELECT DISTINCT i.indexrelid, a.attname, a.attgenerated <> ''
    FROM pg_catalog.pg_index i
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
      JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refobjid = i.indrelid AND d.refobjsubid > 0
        AND ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid)
          OR (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid))
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE i.indisunique OR i.indisexclusion ORDER BY 1, 2)";

Unique unique_of(const pg::Row& row) {
  return {.name = pg::to_text(row[1]),
          .table = pg::to_oid(row[2]),
          .from = "ONLY " + pg::quote_qualified(pg::to_text(row[7]), pg::to_text(row[8])),
          .parts = {},
          .condition = row[9].value_or(""),
          .uses = {},
          .nulls_equal = pg::to_bool(row[6]),
          .deferrable = pg::to_bool(row[4]),
          .primary = pg::to_bool(row[3]),
          .plain = pg::to_bool(row[5]),
          .exclusion = pg::to_bool(row[15])};
}

}  // namespace

std::vector<Unique> read_uniques(pg::Connection& connection) {
  std::vector<Unique> uniques;
  std::map<std::string, std::size_t> numbers;  // by oid
  for (const pg::Row& row : connection.rows(parts_query())) {
    if (numbers.try_emplace(pg::to_text(row[0]), uniques.size()).second) uniques.push_back(unique_of(row));
    Unique& unique = uniques.back();
    const std::string schema = pg::to_text(row[11]);
    unique.parts.push_back(
        {.expression = pg::to_text(row[10]),
         .equal = fmt::format("OPERATOR({}.{})", pg::quote_identifier(schema), pg::to_text(row[12])),
         .collation = row[14] ? pg::quote_qualified(pg::to_text(row[13]), pg::to_text(row[14])) : ""});
  }
  for (const pg::Row& row : connection.rows(uses_query)) {
    const auto number = numbers.find(pg::to_text(row[0]));
    if (number == numbers.end()) continue;
    Unique& unique = uniques[number->second];
    unique.uses.push_back(pg::to_text(row[1]));
    if (pg::to_bool(row[2])) unique.generated = true;
  }
  return uniques;
}

std::vector<std::string> base_types(pg::Connection& connection, const changeset::Relation& relation) {
  std::vector<std::string> types = column_types(connection, relation);
  const std::string sql = R"(
    WITH RECURSIVE up AS (
      SELECT t.oid AS own, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
      UNION ALL
      SELECT up.own, t.typbasetype FROM up JOIN pg_catalog.pg_type t ON t.oid = up.base AND t.typtype = 'd')
    SELECT a.attname, pg_catalog.format_type(up.base, -1)
    FROM pg_catalog.pg_attribute a JOIN up ON up.own = a.atttypid
      JOIN pg_catalog.pg_type t ON t.oid = up.base AND t.typtype <> 'd'
    WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped)";
  for (const pg::Row& row : connection.rows(sql, {pg::quote_qualified(relation.schema, relation.name)})) {
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (relation.columns[i].name == row[0]) types[i] = pg::to_text(row[1]);
    }
  }
  return types;
}

std::string image_rows(const changeset::Relation& relation, const std::vector<std::uint32_t>& places,
                       const std::vector<std::string>& types) {
  std::string columns = "k.n AS \"pgrehearse n\"";
  for (std::size_t i = 0; i < places.size(); ++i) {
    columns += fmt::format(", k.v{}::{} AS {}", i, types.at(places[i]),
                           pg::quote_identifier(relation.columns.at(places[i]).name));
  }
  return fmt::format("(SELECT {} FROM {})", columns, unnested(places.size()));
}

namespace {

// What row_id() needs of a row: its key, or without one all of it.
changeset::Relation identity_of(const changeset::Relation& relation) {
  if (relation.key.empty()) return relation;
  changeset::Relation identity = relation;
  identity.columns.clear();
  identity.key.clear();
  for (const std::uint32_t column : relation.key) {
    identity.key.push_back(static_cast<std::uint32_t>(identity.columns.size()));
    identity.columns.push_back(relation.columns.at(column));
  }
  return identity;
}

// "condition AND (lower(mail)) COLLATE … OPERATOR(pg_catalog.=) q.e0 AND …" of the table's columns. `null`: two NULLs
// are equal, too.
std::string in_the_way(const Unique& unique, bool null) {
  std::string same = unique.condition.empty() ? "true" : fmt::format("({})", unique.condition);
  for (std::size_t i = 0; i < unique.parts.size(); ++i) {
    const Unique::Part& part = unique.parts[i];
    const std::string collate = part.collation.empty() ? "" : " COLLATE " + part.collation;
    const std::string equal = fmt::format("({}){} {} q.e{}", part.expression, collate, part.equal, i);
    same += null ? fmt::format(" AND ({} OR (({}) IS NULL AND q.e{} IS NULL))", equal, part.expression, i)
                 : " AND " + equal;
  }
  return same;
}

}  // namespace

std::optional<Holders> Holders::of(const Unique& unique, const changeset::Relation& relation,
                                   const std::vector<std::string>& types) {
  Holders holders;
  holders.places_ = places_of(relation, unique.uses);
  if (holders.places_.empty()) return std::nullopt;
  holders.identity_ = identity_of(relation);
  std::vector<std::string> shown;
  for (const changeset::Column& column : holders.identity_.columns) {
    shown.push_back("t." + pg::quote_identifier(column.name));
  }
  std::string values = "r.\"pgrehearse n\" AS n";
  std::vector<std::string> nulls;
  for (std::size_t i = 0; i < unique.parts.size(); ++i) {
    values += fmt::format(", ({}) AS e{}", unique.parts[i].expression, i);
    nulls.push_back(fmt::format("q.e{} IS NULL", i));
  }
  const std::string list = fmt::format("SELECT {} FROM {} t WHERE", fmt::join(shown, ", "), unique.from);
  std::string found = fmt::format("({} {} OFFSET 0)", list, in_the_way(unique, false));
  if (unique.nulls_equal) {
    found +=
        fmt::format(" UNION ALL ({} ({}) AND {} OFFSET 0)", list, fmt::join(nulls, " OR "), in_the_way(unique, true));
  }
  holders.sql_ = fmt::format("SELECT q.n, h.* FROM (SELECT {} FROM {} r{}) q, LATERAL ({}) h", values,
                             image_rows(relation, holders.places_, types),
                             unique.condition.empty() ? "" : fmt::format(" WHERE ({})", unique.condition), found);
  return holders;
}

void Holders::find(pg::Connection& connection, ValueBatch& values,
                   const std::function<void(std::size_t, const std::string&)>& holder) const {
  connection.each_row(sql_, values.parameters(), [&](const auto& row) {
    changeset::TupleWriter tuple;
    for (std::size_t i = 1; i < row.size(); ++i) tuple.add(row.at(i));
    holder(std::stoull(std::string(row.at(0).value())) - 1, row_id(identity_, tuple.take()));
  });
}

}  // namespace apply
