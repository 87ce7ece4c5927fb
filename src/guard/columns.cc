#include "guard/columns.h"

#include <array>

#include "guard/migration_names.h"
#include "pg/catalog_parts.h"

namespace guard {

std::vector<Column> read_columns(pg::Connection& connection, const BoundTable& table) {
  std::vector<Column> columns;
  for (const pg::Row& row : connection.rows(
           "with recursive base as ("
           "  select a.attnum, t.oid, a.atttypmod as typmod, a.attnotnull as needed, false as preset"
           "  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid"
           "  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped"
           "  union all"
           "  select b.attnum, d.typbasetype, d.typtypmod, b.needed or d.typnotnull, b.preset or d.typdefault is not "
           "null"
           "  from base b join pg_catalog.pg_type d on d.oid = b.oid where d.typtype = 'd')"
           "select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname, t.typcategory, t.typtype,"
           "  case when t.typname in ('varchar', 'bpchar') and b.typmod > 4 then b.typmod - 4 else -1 end,"
           "  (select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder limit "
           "1),"
           "  b.needed and not b.preset and not a.atthasdef and a.attidentity = '',"
           "  a.attgenerated <> '' or a.attidentity = 'a',"
           "  exists (select from pg_catalog.pg_constraint k where k.conrelid = $1 and k.contype = 'f'"
           "          and a.attnum = any (k.conkey)),"
           "  exists (select from pg_catalog.pg_index i where i.indrelid = $1 and i.indisunique"
           "          and a.attnum = any (i.indkey)), r.parent, r.parent_column"
           " from base b join pg_catalog.pg_type t on t.oid = b.oid"
           " join pg_catalog.pg_attribute a on a.attrelid = $1 and a.attnum = b.attnum"
           " left join lateral (select k.confrelid::pg_catalog.regclass::text as parent,"
           "  pg_catalog.quote_ident(p.attname) as parent_column from pg_catalog.pg_constraint k"
           "  join pg_catalog.pg_attribute p on p.attrelid = k.confrelid and p.attnum = k.confkey[1]"
           "  where k.conrelid = $1 and k.contype = 'f' and k.conkey = array[a.attnum] limit 1) r on true"
           " where t.typtype <> 'd' order by a.attnum",
           {std::to_string(table.oid)})) {
    columns.push_back({.name = pg::to_text(row[0]),
                       .type = pg::to_text(row[1]),
                       .base = pg::to_text(row[2]),
                       .category = pg::to_char(row[3]),
                       .kind = pg::to_char(row[4]),
                       .length = pg::to_integer(row[5]),
                       .label = pg::to_text(row[6]),
                       .has_to = pg::to_bool(row[7]),
                       .generated = pg::to_bool(row[8]),
                       .refers = pg::to_bool(row[9]),
                       .parent = row[11].value_or(""),
                       .parent_column = row[12].value_or(""),
                       .unique = pg::to_bool(row[10])});
  }
  return columns;
}

std::optional<std::string> plain_value(const Column& column) {
  if (column.base == "uuid") return "gen_random_uuid()";
  if (column.unique) return std::nullopt;
  if (column.kind == 'e') return column.label.empty() ? std::nullopt : std::optional(literal(column.label));
  if (column.category == 'N') return "0";
  if (column.category == 'B') return "false";
  if (column.category == 'A') return "'{}'";
  if (column.kind == 'r') return "'empty'";
  if (column.kind == 'm') return "'{}'";
  static constexpr std::array values = {std::pair("date", "current_date"),
                                        std::pair("timestamp", "localtimestamp"),
                                        std::pair("timestamptz", "now()"),
                                        std::pair("time", "localtime"),
                                        std::pair("timetz", "current_time"),
                                        std::pair("interval", "interval '0'"),
                                        std::pair("json", "'{}'"),
                                        std::pair("jsonb", "'{}'"),
                                        std::pair("bytea", "''"),
                                        std::pair("inet", "'127.0.0.1'"),
                                        std::pair("cidr", "'127.0.0.1'")};
  for (const auto& [type, value] : values) {
    if (column.base == type) return value;
  }
  return std::nullopt;
}

}  // namespace guard
