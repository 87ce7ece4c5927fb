#include "guard/undecided.h"

#include <fmt/core.h>

#include "guard/migration_names.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

// So many rows are named one by one; as many without a population are decided one by one.
constexpr int ids_shown = 20;

}  // namespace

std::vector<std::string> stray_ids(const BoundTable& table, const contract::Population& population,
                                   pg::Connection& connection) {
  std::vector<std::string> ids;
  for (const pg::Row& row :
       connection.rows(fmt::format("select {0}::text from {1} where {2} = $1 and not ({3}) order by {0} limit {4}",
                                   table.id.quoted(), table.quoted(), table.population.quoted(),
                                   within(table.id.quoted(), population.ids.ranges), ids_shown),
                       {population.name})) {
    ids.push_back(pg::to_text(row[0]));
  }
  return ids;
}

Unpopulated read_unpopulated(const BoundTable& table, pg::Connection& connection) {
  const bool column = table.population.number != 0;
  const std::string meaning = fmt::format("({})::text", population_of(table, table.id.quoted(), true));
  const std::string without = column ? table.population.quoted() + " is null" : "true";
  Unpopulated found;
  for (const pg::Row& row : connection.rows(fmt::format(
           "select {}, count(*) from {} where {} group by 1 order by 2 desc, 1", meaning, table.quoted(), without))) {
    const std::int64_t rows = pg::to_integer(row[1]);
    found.rows += rows;
    if (row[0]) {
      found.becoming.emplace_back(*row[0], rows);
    } else {
      found.unclear = rows;
    }
  }
  found.few = column && found.rows > 0 && found.rows <= ids_shown;
  if (!found.few && found.unclear == 0) return found;
  for (const pg::Row& row : connection.rows(
           fmt::format("select {0}::text, {1} from {2} where {3} and ({4} or {1} is null) order by {0} limit {5}",
                       table.id.quoted(), meaning, table.quoted(), without, found.few, ids_shown))) {
    found.named.push_back({pg::to_text(row[0]), row[1].value_or("")});
  }
  return found;
}

}  // namespace guard
