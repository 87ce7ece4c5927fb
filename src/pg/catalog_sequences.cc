// Sequences: where they stand, and whose default draws from them.
#include <algorithm>
#include <utility>

#include "pg/catalog_parts.h"

namespace pg {
namespace {

using Sequences = std::map<std::uint32_t, Sequence>;

// A branch of UNION ALL costs the server's stack: so many sequences are asked for at once.
constexpr std::size_t kAtOnce = 200;

// pg_sequence_last_value() says nothing of a sequence that was not drawn from since it was set; its own row does.
void read_uncalled(Connection& connection, const std::vector<std::uint32_t>& uncalled, Sequences& sequences) {
  for (std::size_t first = 0; first < uncalled.size(); first += kAtOnce) {
    std::string sql;
    for (std::size_t index = first; index < std::min(first + kAtOnce, uncalled.size()); ++index) {
      const Sequence& sequence = sequences.at(uncalled[index]);
      sql += (sql.empty() ? "select " : " union all select ") + std::to_string(sequence.oid) +
             ", last_value, is_called from " + quote_qualified(sequence.schema, sequence.name);
    }
    for (const Row& row : connection.rows(sql)) {
      Sequence& sequence = sequences.at(to_oid(row[0]));
      sequence.last_value = to_integer(row[1]);
      sequence.is_called = to_bool(row[2]);
    }
  }
}

}  // namespace

Sequences read_sequences(Connection& connection) {
  // The owner is the table by whose column the sequence is owned, else one with a default that names it. A sequence
  // that may not be read, and on a standby an unlogged one, counts as never drawn from.
  const std::string sql = R"(
    with seen as (
      select c.oid, n.nspname, c.relname, s.seqstart, s.seqincrement, s.seqcache,
             pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
               and (c.relpersistence = 'p' or not pg_catalog.pg_is_in_recovery()) as readable
      from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
           join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where )" + of_user_schema("n") +
                          R"()
    select oid, nspname, relname, seqstart, seqincrement, readable,
           case when readable then pg_catalog.pg_sequence_last_value(oid) end,
           coalesce(
             (select d.refobjid from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = seen.oid and d.deptype in ('a', 'i')
                and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0 limit 1),
             (select min(f.adrelid) from pg_catalog.pg_depend d join pg_catalog.pg_attrdef f on f.oid = d.objid
              where d.classid = 'pg_catalog.pg_attrdef'::regclass
                and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = seen.oid)),
           seqcache
    from seen)";
  Sequences sequences;
  std::vector<std::uint32_t> uncalled;
  for (const Row& row : connection.rows(sql)) {
    Sequence sequence{.oid = to_oid(row[0]),
                      .schema = to_text(row[1]),
                      .name = to_text(row[2]),
                      .last_value = to_integer(row[6] ? row[6] : row[3]),
                      .is_called = row[6].has_value(),
                      .increment = to_integer(row[4]),
                      .cache = to_integer(row[8]),
                      .owner_table = to_oid(row[7])};
    if (to_bool(row[5]) && !sequence.is_called) uncalled.push_back(sequence.oid);
    sequences.emplace(sequence.oid, std::move(sequence));
  }
  read_uncalled(connection, uncalled, sequences);
  return sequences;
}

}  // namespace pg
