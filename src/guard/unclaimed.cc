#include "guard/unclaimed.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "guard/test_population.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

constexpr std::size_t names_shown = 12;

void note_populations(const BoundTable& table, std::vector<std::string>& notes) {
  std::vector<std::string> names;
  for (const contract::Population& population : table.declared->populations) {
    if (!population.minted_by) names.push_back(base::one_line(population.name, 60));
  }
  if (names.empty()) return;
  notes.push_back(fmt::format("sequences for {} of {}: without minted_by none is held against {} ids",
                              base::some_of(names, names_shown), table.qualified(),
                              names.size() == 1 ? "its" : "their"));
}

// Where it stands, where the role may know it: "public.ticket_seq at 91,111,109".
std::vector<std::string> sequences_of_nobody(const Bound& bound, pg::Connection& connection) {
  std::vector<std::string> claimed;
  for (const BoundMint& mint : bound.mints) claimed.push_back(std::to_string(mint.sequence));
  for (const BoundTable& table : bound.tables) {
    for (const contract::Population& population : table.declared->populations) {
      // `testdata` draws from it, named or not.
      if (population.disposable) claimed.push_back(std::to_string(own_sequence(table, population, connection)));
    }
  }
  std::vector<std::string> names;
  for (const pg::Row& row : connection.rows(
           "select n.nspname || '.' || s.relname, case when pg_catalog.has_sequence_privilege(s.oid, 'SELECT')"
           "  then pg_catalog.pg_sequence_last_value(s.oid) end"
           " from pg_catalog.pg_class s join pg_catalog.pg_namespace n on n.oid = s.relnamespace"
           " where s.relkind = 'S' and s.oid <> all ($1::oid[]) and n.nspname !~ '^pg_'"
           "  and n.nspname not in ('information_schema', 'pgrehearse', 'cron')"
           // Its column's, that of a default which draws from it, or an extension's.
           "  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass"
           "   and d.objid = s.oid and (d.deptype in ('a', 'i') and d.refobjsubid > 0 or d.deptype = 'e'))"
           "  and not exists (select from pg_catalog.pg_depend d"
           "   where d.classid = 'pg_catalog.pg_attrdef'::regclass"
           "    and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = s.oid)"
           " order by 1",
           {fmt::format("{{{}}}", fmt::join(claimed, ","))})) {
    std::string name = pg::to_text(row[0]);
    if (row[1]) name += " at " + base::with_commas(pg::to_integer(row[1]));
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

void note_unclaimed(const Bound& bound, pg::Connection& connection, std::vector<std::string>& notes) {
  for (const BoundTable& table : bound.tables) note_populations(table, notes);
  const std::vector<std::string> names = sequences_of_nobody(bound, connection);
  if (names.empty()) return;
  notes.push_back(fmt::format(
      "{}, from which no column and no population draws: {}; name with minted_by what mints a "
      "population's ids",
      base::count_of(static_cast<std::int64_t>(names.size()), "sequence"), base::some_of(names, names_shown)));
}

}  // namespace guard
