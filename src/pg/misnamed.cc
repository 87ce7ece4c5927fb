#include "pg/misnamed.h"

#include <fmt/core.h>

#include "pg/catalog_parts.h"

namespace pg {

std::optional<std::string> kind_under(Connection& connection, const std::string& name) {
  const auto row = connection.maybe_row(
      "select case relkind when 'r' then 'a table' when 'p' then 'a table' when 'v' then 'a view'"
      " when 'm' then 'a materialized view' when 'f' then 'a foreign table' when 'S' then 'a sequence'"
      " when 'i' then 'an index' when 'I' then 'an index' else 'another object' end"
      " from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1)",
      {name});
  return row ? row->front() : std::nullopt;
}

// What is written without quotes is folded to lower case, so that a name with capital letters is not found by them.
std::optional<Alike> table_alike(Connection& connection, const std::string& name) {
  const auto row = connection.maybe_row(
      "select case when n.nspname = any (pg_catalog.current_schemas(false)) then pg_catalog.quote_ident(c.relname)"
      "  else pg_catalog.format('%I.%I', n.nspname, c.relname) end,"
      " c.relname = pg_catalog.lower($1) and n.nspname <> all (pg_catalog.current_schemas(false))"
      " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
      " where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
      "  and pg_catalog.replace(pg_catalog.lower($1), '\"', '')"
      "   in (pg_catalog.lower(c.relname), pg_catalog.lower(n.nspname || '.' || c.relname))"
      " order by 2 desc, 1 limit 1",
      {name});
  if (!row) return std::nullopt;
  return Alike{to_text((*row)[0]), to_bool((*row)[1])};
}

std::string Alike::advice() const {
  return fmt::format("there is {0}: write [tables.'{0}']", written);
}

}  // namespace pg
