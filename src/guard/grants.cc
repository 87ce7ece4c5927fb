#include "guard/grants.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "guard/keys.h"

namespace guard {

namespace {

// Whole tables that are read where rows of `seeds` go, and those of them whose rows are deleted by us.
struct Reach {
  std::set<Oid> read, deleted;
};

Reach reach_of(const std::set<Oid>& seeds, const Keys& keys) {
  Reach reach{seeds, seeds};
  std::vector<Oid> open(seeds.begin(), seeds.end());
  while (!open.empty()) {
    const Oid parent = open.back();
    open.pop_back();
    for (const Key* key : keys.into(parent)) {
      if (key->blocks()) reach.deleted.insert(key->child);
      if (reach.read.insert(key->child).second) open.push_back(key->child);
    }
  }
  std::set<Oid> parents;
  for (const Oid table : reach.read) {
    for (const Key* key : keys.of(table)) parents.insert(key->parent);
  }
  reach.read.merge(parents);
  return reach;
}

}  // namespace

Grants::Grants(pg::Connection& connection)
    : connection_(connection),
      role_(pg::quote_identifier(connection.one_value("select current_user::text").value_or(""))) {}

// `may`: the schema, the name, whether it may enter the one, and do the other.
void Grants::add(const pg::Row& may, std::string_view grant, std::string_view kind) {
  if (may[2] != "t")
    statements_.push_back(fmt::format("GRANT USAGE ON SCHEMA {} TO {};", pg::quote_identifier(*may[0]), role_));
  if (may[3] != "t")
    statements_.push_back(
        fmt::format("GRANT {} ON {}{} TO {};", grant, kind, pg::quote_qualified(*may[0], *may[1]), role_));
}

void Grants::columns(const BoundTable& table) {
  const int population = table.population.number ? table.population.number : table.id.number;
  add(connection_.one_row(
          "select n.nspname, c.relname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
          " pg_catalog.has_column_privilege(c.oid, $2::int2, 'SELECT')"
          "  and pg_catalog.has_column_privilege(c.oid, $3::int2, 'SELECT')"
          " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
          {std::to_string(table.oid), std::to_string(table.id.number), std::to_string(population)}),
      fmt::format("SELECT ({}, {})", table.id.quoted(), table.population.quoted()), "");
}

void Grants::table(std::uint32_t oid, std::string_view privilege) {
  object("has_table_privilege", oid, privilege, "");
}

// USAGE lets it draw, SELECT read.
void Grants::sequence(std::uint32_t oid, std::string_view privilege) {
  object("has_sequence_privilege", oid, privilege, "SEQUENCE ");
}

void Grants::object(std::string_view question, std::uint32_t oid, std::string_view privilege, std::string_view kind) {
  add(connection_.one_row(
          fmt::format("select n.nspname, c.relname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
                      " pg_catalog.{}(c.oid, $2)"
                      " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
                      " where c.oid = $1",
                      question),
          {std::to_string(oid), std::string(privilege)}),
      privilege, kind);
}

std::vector<std::string> Grants::take() {
  std::sort(statements_.begin(), statements_.end());
  statements_.erase(std::unique(statements_.begin(), statements_.end()), statements_.end());
  return std::move(statements_);
}

std::vector<std::string> lacking_grants(Work work, const std::vector<TestPopulation>& populations,
                                        pg::Connection& connection) {
  Grants grants(connection);
  std::set<Oid> tables;
  for (const TestPopulation& each : populations) {
    tables.insert(each.table->oid);
    if (work != Work::create) continue;
    grants.table(each.table->oid, "INSERT");
    grants.columns(*each.table);
    if (each.sequence) grants.sequence(each.sequence, "USAGE");
  }
  if (work == Work::create) return grants.take();
  const Reach reach = reach_of(tables, Keys(connection));
  for (const Oid table : reach.read) grants.table(table, "SELECT");
  if (work == Work::clean) {
    for (const Oid table : reach.deleted) grants.table(table, "DELETE");
  }
  return grants.take();
}

}  // namespace guard
