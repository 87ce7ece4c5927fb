#include "guard/shape.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "guard/census.h"
#include "guard/count.h"

namespace guard {

namespace {

struct Intruder {
  const contract::Population* population = nullptr;
  std::int64_t id = 0;
};

// Rows that break the contract, just beyond each end of what the population may hold.
std::vector<Intruder> intruders(const BoundTable& table) {
  // What does not fit cannot be inserted anyway.
  const contract::IdRange fits = table.fitting_ids();
  std::vector<Intruder> rows;
  for (const contract::Population& population : table.declared->populations) {
    for (const contract::IdRange& piece : cut_ids(*table.declared)) {
      if (population.ids.contains(piece.low)) continue;
      for (const std::int64_t id : {piece.low, piece.high}) {
        if (fits.contains(id)) rows.push_back({&population, id});
      }
    }
  }
  return rows;
}

struct Checks {
  std::vector<std::string> expressions;
  bool all_validated = true;
  std::string unvalidated;  // the name of one that is not
};

// Those that speak of id and population alone, and of nothing that a user defined but enums.
Checks read_checks(const BoundTable& table, pg::Connection& connection) {
  const std::string enforced = connection.server_major() >= 18 ? " and k.conenforced" : "";
  Checks checks;
  for (const pg::Row& row : connection.rows(
           "select pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.convalidated, k.conname"
           " from pg_catalog.pg_constraint k where k.conrelid = $1 and k.contype = 'c' and $3::int2 = any (k.conkey)"
           " and k.conkey <@ array[$2, $3]::int2[] and not exists ("
           "  select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_constraint'::regclass"
           "   and d.objid = k.oid and d.refclassid <> 'pg_catalog.pg_class'::regclass and not exists ("
           "    select 1 from pg_catalog.pg_type t where d.refclassid = 'pg_catalog.pg_type'::regclass"
           "     and t.oid = d.refobjid and t.typtype = 'e'))" +
               enforced + " order by k.conname",
           {std::to_string(table.oid), std::to_string(table.id.number), std::to_string(table.population.number)})) {
    checks.expressions.push_back(*row[0]);
    if (row[1] == "t") continue;
    checks.all_validated = false;
    checks.unvalidated = *row[2];
  }
  return checks;
}

// Those of `rows` that every constraint lets through.
std::vector<Intruder> let_through(const BoundTable& table, const std::vector<Intruder>& rows,
                                  const std::vector<std::string>& expressions, pg::Connection& connection) {
  std::string values;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    values += fmt::format("{}({}, '{}', {})", i ? ", " : "", i, rows[i].id,
                          connection.quote_literal(rows[i].population->name));
  }
  std::string accepted = "true";
  for (const std::string& expression : expressions) accepted += fmt::format(" and ({}) is not false", expression);
  std::vector<Intruder> passed;
  for (const pg::Row& row : connection.rows(fmt::format(
           "select \"pgrehearse number\" from (select number as \"pgrehearse number\", cast(id as {}) as {},"
           " cast(population as {}) as {} from (values {}) as given (number, id, population)) as {} where {} order by "
           "1",
           table.id.base_type, table.id.quoted(), table.population.base_type, table.population.quoted(), values,
           pg::quote_identifier(table.name), accepted))) {
    passed.push_back(rows.at(std::stoul(*row[0])));
  }
  return passed;
}

// A test row with a real id says more than a number at the end of the line.
const Intruder& most_telling(const std::vector<Intruder>& rows) {
  const auto weight = [](const Intruder& row) {
    return std::pair(!row.population->disposable, std::abs(static_cast<long double>(row.id)));
  };
  return *std::min_element(rows.begin(), rows.end(),
                           [&](const Intruder& a, const Intruder& b) { return weight(a) < weight(b); });
}

void judge_checks(const BoundTable& table, pg::Connection& connection, Findings& findings) {
  const std::vector<Intruder> rows = intruders(table);
  if (rows.empty()) return;
  const Checks checks = read_checks(table, connection);
  const std::vector<Intruder> passed = let_through(table, rows, checks.expressions, connection);
  const std::string advice = "`pgrehearse contract sql` prints the constraint, NOT VALID first and then VALIDATE";
  if (!passed.empty()) {
    const Intruder& first = most_telling(passed);
    findings.push_back(
        {"population-check-missing", Severity::warning, table.qualified(), 0,
         fmt::format("{} ties {} of {} to {} id space: the database would take a row of {} with id {}",
                     checks.expressions.empty() ? "no CHECK" : "the CHECK constraint leaves a gap and hardly",
                     table.population.name, table.qualified(), checks.expressions.empty() ? "its" : "every",
                     first.population->name, first.id),
         advice});
  } else if (!checks.all_validated) {
    findings.push_back(
        {"population-check-missing", Severity::warning, table.qualified(), 0,
         fmt::format("constraint {} of {} is NOT VALID: new rows are held to it, old ones were never looked at",
                     checks.unvalidated, table.qualified()),
         fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {}; it takes no lock that writers wait for", table.quoted(),
                     pg::quote_identifier(checks.unvalidated))});
  }
}

}  // namespace

void judge_shape(const BoundTable& table, pg::Connection& connection, Findings& findings) {
  const std::string name = table.qualified();
  const std::string column = table.population.quoted();
  if (!leads_an_index(table.oid, table.population, connection)) {
    findings.push_back(
        {"population-index-missing", Severity::warning, name, 0,
         fmt::format(
             "no index leads with {} of {}: a clean-up by population reads the whole table, which is why people "
             "reach for a range of ids instead",
             table.population.name, name),
         // On a partitioned table the server refuses CONCURRENTLY.
         table.partitioned
             ? "`pgrehearse contract sql` prints it: partition by partition, CONCURRENTLY, and then on the whole"
             : fmt::format("CREATE INDEX CONCURRENTLY ON {} ({}, {})", table.quoted(), column, table.id.quoted())});
  }
  if (!table.population.not_null) {
    findings.push_back(
        {"population-nullable", Severity::warning, name, 0,
         fmt::format("{} of {} may be NULL: a row can come to be that belongs to nobody", table.population.name, name),
         fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL, after a validated CHECK ({} IS NOT NULL)",
                     table.quoted(), column, column)});
  }
  judge_checks(table, connection, findings);
}

}  // namespace guard
