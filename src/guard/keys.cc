#include "guard/keys.h"

#include <fmt/core.h>

#include <algorithm>

#include "pg/catalog_parts.h"

namespace guard {

namespace {

std::map<Oid, Relation> read_relations(pg::Connection& connection) {
  std::map<Oid, Relation> relations;
  for (const pg::Row& row : connection.rows(
           "select c.oid, n.nspname, c.relname, c.relkind = 'p' from pg_catalog.pg_class c"
           " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
           " where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'")) {
    const Oid oid = pg::to_oid(row[0]);
    relations[oid] = {pg::to_text(row[1]), pg::to_text(row[2]), pg::to_bool(row[3]), oid, {oid}};
  }
  for (const pg::Row& row :
       connection.rows("select c.oid, a.relid::oid from pg_catalog.pg_class c"
                       " cross join lateral pg_catalog.pg_partition_ancestors(c.oid) a (relid)"
                       " where c.relispartition and c.relkind in ('r', 'p') and a.relid <> c.oid")) {
    const auto found = relations.find(pg::to_oid(row[0]));
    if (found == relations.end()) continue;
    found->second.ancestors.push_back(pg::to_oid(row[1]));
    found->second.root = pg::to_oid(row[1]);  // they come from the lowest to the highest
  }
  return relations;
}

}  // namespace

std::string Key::join(std::string_view child_alias, std::string_view parent_alias) const {
  std::string on;
  for (const auto& [mine, theirs] : columns)
    on += fmt::format("{}{}.{} = {}.{}", on.empty() ? "" : " and ", child_alias, mine, parent_alias, theirs);
  return on;
}

Keys::Keys(pg::Connection& connection) : relations_(read_relations(connection)) {
  // One that is not enforced does nothing to anybody.
  const std::string enforced = connection.server_major() >= 18 ? " and k.conenforced" : "";
  Oid last = 0;
  for (const pg::Row& row :
       connection.rows("select k.oid, k.conname, k.conrelid, k.confrelid, k.confdeltype,"
                       " pg_catalog.quote_ident(a.attname), pg_catalog.quote_ident(f.attname)"
                       " from pg_catalog.pg_constraint k cross join lateral rows from (pg_catalog.unnest(k.conkey),"
                       "  pg_catalog.unnest(k.confkey)) with ordinality as u (mine, theirs, place)"
                       " join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.mine"
                       " join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.theirs"
                       " where k.contype = 'f' and k.conparentid = 0" +
                       enforced + " order by k.oid, u.place")) {
    const Oid oid = pg::to_oid(row[0]);
    if (!relations_.contains(pg::to_oid(row[2])) || !relations_.contains(pg::to_oid(row[3]))) continue;
    if (oid != last) {
      keys_.push_back({.name = pg::to_text(row[1]),
                       .child = pg::to_oid(row[2]),
                       .parent = pg::to_oid(row[3]),
                       .on_delete = static_cast<OnDelete>(pg::to_char(row[4]))});
      last = oid;
    }
    keys_.back().columns.emplace_back(pg::to_text(row[5]), pg::to_text(row[6]));
  }
}

bool Keys::holds(Oid whole, Oid leaf) const {
  const auto& ancestors = relations_.at(leaf).ancestors;
  return std::find(ancestors.begin(), ancestors.end(), whole) != ancestors.end();
}

std::vector<const Key*> Keys::of(Oid table) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (holds(key.child, table)) found.push_back(&key);
  }
  return found;
}

std::vector<const Key*> Keys::into(Oid table) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (holds(key.parent, table) || holds(table, key.parent)) found.push_back(&key);
  }
  return found;
}

std::vector<const Key*> Keys::to(Oid table) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (holds(key.parent, table)) found.push_back(&key);
  }
  return found;
}

}  // namespace guard
