// Tables, their columns and keys, and the foreign keys between them.
#include <utility>

#include "pg/catalog_parts.h"

namespace pg {
namespace {

void add_columns(Connection& connection, std::map<std::uint32_t, Table>& tables) {
  const std::string sql = R"(
    select a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
           a.attgenerated = 'v', a.attidentity <> ''
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and )" +
                          of_user_schema("n") + " order by a.attrelid, a.attnum";
  for (Row& row : connection.rows(sql)) {
    const auto table = tables.find(to_oid(row[0]));
    if (table == tables.end()) continue;
    table->second.columns.push_back({.number = static_cast<int>(to_integer(row[1])),
                                     .name = to_text(row[2]),
                                     .type = to_text(row[3]),
                                     .not_null = to_bool(row[4]),
                                     .generated = to_bool(row[5]),
                                     .is_virtual = to_bool(row[6]),
                                     .identity = to_bool(row[7])});
  }
}

}  // namespace

std::map<std::uint32_t, Table> read_tables(Connection& connection) {
  const std::string sql = R"(
    select c.oid, n.nspname, c.relname, c.relkind, c.relpersistence,
           case when c.relispartition then coalesce(pg_partition_root(c.oid)::oid, c.oid) else c.oid end,
           c.reltuples::bigint, k.conkey
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
         left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    where c.relkind in ('r', 'p') and )" +
                          of_user_schema("n");
  std::map<std::uint32_t, Table> tables;
  for (const Row& row : connection.rows(sql)) {
    Table table{.oid = to_oid(row[0]),
                .schema = to_text(row[1]),
                .name = to_text(row[2]),
                .kind = to_char(row[3]),
                .persistence = to_char(row[4]),
                .root = to_oid(row[5]),
                .columns = {},
                .primary_key = to_integers(row[7]),
                .estimated_rows = to_integer(row[6])};
    tables.emplace(table.oid, std::move(table));
  }
  add_columns(connection, tables);
  return tables;
}

std::vector<ForeignKey> read_foreign_keys(Connection& connection) {
  const std::string sql = R"(
    select k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey, k.confdeltype, k.confupdtype
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and )" +
                          of_user_schema("n") + " order by k.oid";
  std::vector<ForeignKey> keys;
  for (const Row& row : connection.rows(sql)) {
    keys.push_back({.oid = to_oid(row[0]),
                    .name = to_text(row[1]),
                    .table = to_oid(row[2]),
                    .target = to_oid(row[3]),
                    .columns = to_integers(row[4]),
                    .target_columns = to_integers(row[5]),
                    .on_delete = to_char(row[6]),
                    .on_update = to_char(row[7])});
  }
  return keys;
}

}  // namespace pg
