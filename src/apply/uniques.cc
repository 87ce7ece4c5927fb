#include "apply/uniques.h"

#include <fmt/core.h>

#include "pg/catalog_parts.h"

namespace apply {

std::vector<Unique> read_uniques(pg::Connection& connection) {
  const std::string sql = R"(
    SELECT i.indexrelid, x.relname, i.indrelid, i.indisprimary, i.indisexclusion, NOT i.indimmediate,
           i.indexprs IS NULL AND i.indpred IS NULL, i.indnullsnotdistinct,
           a.attname, pg_catalog.format_type(a.atttypid, -1), a.attgenerated <> '',
           tn.nspname, t.relname
    FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
      JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
      CROSS JOIN LATERAL unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS part(number, place)
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.number AND a.attnum > 0
    WHERE (i.indisunique OR i.indisexclusion) AND i.indislive AND part.place <= i.indnkeyatts AND )" +
                          pg::of_user_schema("n") + " ORDER BY i.indexrelid, part.place";
  std::vector<Unique> uniques;
  std::string last;
  for (const pg::Row& row : connection.rows(sql)) {
    if (pg::to_text(row[0]) != last) {
      uniques.push_back({.name = pg::to_text(row[1]),
                         .table = pg::to_oid(row[2]),
                         .from = "ONLY " + pg::quote_qualified(pg::to_text(row[11]), pg::to_text(row[12])),
                         .columns = {},
                         .types = {},
                         .plain = pg::to_bool(row[6]),
                         .nulls_equal = pg::to_bool(row[7]),
                         .deferrable = pg::to_bool(row[5]),
                         .exclusion = pg::to_bool(row[4]),
                         .primary = pg::to_bool(row[3])});
      last = pg::to_text(row[0]);
    }
    if (!row[8]) continue;
    uniques.back().columns.push_back(pg::to_text(row[8]));
    uniques.back().types.push_back(pg::to_text(row[9]));
    if (pg::to_bool(row[10])) uniques.back().generated = true;
  }
  return uniques;
}

void count_holders(pg::Connection& connection, const Unique& unique, ValueBatch& values,
                   const std::function<void(std::size_t, std::int64_t)>& count) {
  std::string same;
  for (std::size_t i = 0; i < unique.columns.size(); ++i) {
    same += fmt::format("{}t.{} {} k.v{}::{}", i ? " AND " : "", pg::quote_identifier(unique.columns[i]),
                        unique.nulls_equal ? "IS NOT DISTINCT FROM" : "=", i, unique.types[i]);
  }
  const std::string sql = fmt::format("SELECT k.n, pg_catalog.count(*) FROM {} JOIN {} t ON {} GROUP BY k.n",
                                      unnested(unique.columns.size()), unique.from, same);
  connection.each_row(sql, values.parameters(), [&](const auto& row) {
    count(std::stoull(std::string(row.at(0).value())) - 1, std::stoll(std::string(row.at(1).value())));
  });
}

}  // namespace apply
