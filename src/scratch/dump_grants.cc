#include "scratch/dump_grants.h"

#include <fmt/format.h>

namespace scratch {

namespace {

constexpr std::size_t grants_shown = 8;

}  // namespace

std::string grants_for_dump(pg::Connection& source) {
  std::string grants;
  std::size_t lacking = 0;
  // What belongs to an extension is not dumped.
  for (const pg::Row& row : source.rows(R"(
    with wanted as (
      select n.oid as schema, n.nspname, c.oid, c.relname, c.relkind from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_catalog.pg_depend d
                       where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
    select distinct 0, pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I;', nspname, current_user) from wanted
    where not pg_catalog.has_schema_privilege(schema, 'USAGE')
    union all
    select case relkind when 'S' then 2 else 1 end,
           pg_catalog.format('GRANT SELECT ON %s%I.%I TO %I;', case relkind when 'S' then 'SEQUENCE ' else '' end,
                             nspname, relname, current_user) from wanted
    where case relkind when 'S' then not pg_catalog.has_sequence_privilege(oid, 'SELECT')
               else not pg_catalog.has_table_privilege(oid, 'SELECT') end
    order by 1, 2)")) {
    if (++lacking <= grants_shown) grants += row[1].value_or("") + " ";
  }
  if (lacking == 0) return "";
  if (lacking > grants_shown) grants += fmt::format("and {} more, ", lacking - grants_shown);
  const auto role = source.one_value("select pg_catalog.quote_ident(current_user)").value_or("");
  return fmt::format("{}or for all of it: GRANT pg_read_all_data TO {};", grants, role);
}

}  // namespace scratch
