#include "apply/strangers.h"

#include <fmt/core.h>

#include "apply/table_rows.h"
#include "pg/connection.h"

namespace apply {

namespace {

constexpr std::int64_t searched_whole = 64 << 20;  // bytes of a table

// What nobody else can look at now is left out: the witness would wait for our own session.
constexpr const char* can_be_read_query = R"(
  SELECT c.oid FROM pg_catalog.pg_class c
   WHERE c.oid = ANY ($1::oid[]) AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
     AND NOT pg_catalog.row_security_active(c.oid)
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = c.oid AND l.granted
       AND l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'AccessExclusiveLock'))";

constexpr const char* is_small_query = "SELECT pg_catalog.pg_relation_size($1::oid) <= $2::int8";

constexpr const char* uuid_pattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

}  // namespace

const std::set<std::uint32_t>& Strangers::looked_at() {
  if (!known_) {
    ArrayLiteral array;
    for (const std::uint32_t oid : candidates_) array.add(std::to_string(oid));
    target_.session().each_row(can_be_read_query, {array.take()}, [&](const auto& row) {
      looked_at_.insert(static_cast<std::uint32_t>(std::stoul(std::string(row.at(0).value()))));
    });
    known_ = true;
  }
  return looked_at_;
}

void Strangers::ask(const std::string& sql, const std::vector<std::string>& values, std::set<std::string>& found) {
  ArrayLiteral array;
  for (const std::string& value : values) array.add(value);
  target_.witness().each_row(sql, {array.take()}, [&](const auto& row) { found.emplace(row.at(0).value()); });
}

std::set<std::string> Strangers::numbers(const std::string& sequence, const std::vector<std::string>& numbers) {
  std::set<std::string> found;
  for (const std::uint32_t oid : looked_at()) {
    const auto table = catalog_.tables.find(oid);
    if (table == catalog_.tables.end()) continue;
    for (const pg::Column& column : table->second.columns) {
      const Shapes::Column* known = shapes_.column(table->second.qualified(), column.name);
      if (!known || !known->by_default || !known->sequences.contains(sequence)) continue;
      ask(fmt::format("SELECT DISTINCT t.{0}::text FROM ONLY {1} t WHERE t.{0} = ANY ($1::int8[])",
                      pg::quote_identifier(column.name), pg::quote_qualified(table->second.schema, table->second.name)),
          numbers, found);
    }
  }
  return found;
}

std::set<std::string> Strangers::uuids(const std::vector<std::string>& uuids) {
  std::set<std::string> found;
  for (const std::uint32_t oid : looked_at()) {
    const auto table = catalog_.tables.find(oid);
    if (table == catalog_.tables.end()) continue;
    const std::string name = pg::quote_qualified(table->second.schema, table->second.name);
    const auto small =
        target_.witness().one_value(is_small_query, {std::to_string(oid), std::to_string(searched_whole)});
    if (small == "t") {
      ask(fmt::format("SELECT DISTINCT pg_catalog.lower(m.found[1]) FROM ONLY {} t,"
                      " LATERAL pg_catalog.regexp_matches(t::text, '{}', 'gi') AS m(found)"
                      " WHERE pg_catalog.lower(m.found[1]) = ANY ($1::text[])",
                      name, uuid_pattern),
          uuids, found);
      continue;
    }
    for (const pg::Column& column : table->second.columns) {
      if (column.type != "uuid") continue;
      ask(fmt::format("SELECT DISTINCT t.{0}::text FROM ONLY {1} t WHERE t.{0} = ANY ($1::uuid[])",
                      pg::quote_identifier(column.name), name),
          uuids, found);
    }
  }
  return found;
}

}  // namespace apply
