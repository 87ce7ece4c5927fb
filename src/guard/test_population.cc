#include "guard/test_population.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "guard/migration_names.h"
#include "pg/catalog.h"

namespace guard {

namespace {

std::string listed(const std::vector<TestPopulation>& populations) {
  std::string text;
  for (const TestPopulation& each : populations) {
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", base::one_line(each.population->name, 60),
                        each.table->declared->name);
  }
  return text;
}

bool is_table(const BoundTable& table, const std::string& name) {
  return name.empty() || name == table.declared->name || name == table.qualified() || name == table.name;
}

TestPopulation found(const Bound& bound, std::size_t table, const contract::Population& population,
                     pg::Connection& connection) {
  TestPopulation test{.table = &bound.tables[table], .population = &population};
  for (const BoundMint& mint : bound.mints) {
    if (mint.table == table && mint.population == &population) test.sequence = mint.sequence;
  }
  if (population.minted_by) {
    test.negated = population.minted_by->negated;
  } else {
    test.sequence = own_sequence(*test.table, population, connection);
  }
  return test;
}

}  // namespace

std::uint32_t own_sequence(const BoundTable& table, const contract::Population& population,
                           pg::Connection& connection) {
  return pg::resolve_sequence(connection, pg::quote_qualified(table.schema, test_sequence_name(table, population)));
}

std::vector<TestPopulation> test_populations(const contract::Contract& contract, const Bound& bound,
                                             pg::Connection& connection, const std::string& table,
                                             const std::string& population) {
  std::vector<TestPopulation> all;
  std::vector<TestPopulation> wanted;
  for (std::size_t i = 0; i < bound.tables.size(); ++i) {
    for (const contract::Population& each : bound.tables[i].declared->populations) {
      if (!each.disposable) continue;
      all.push_back(found(bound, i, each, connection));
      if (is_table(bound.tables[i], table) && (population.empty() || population == each.name))
        wanted.push_back(all.back());
    }
  }
  if (all.empty()) {
    throw base::Error(
        base::Code::contract,
        fmt::format("{} declares no disposable population: there is no test data", contract.file.string()),
        "nothing was touched; say which rows may go: disposable = true");
  }
  if (wanted.empty()) {
    throw base::Error(base::Code::usage, "no disposable population answers to --table and --population",
                      fmt::format("nothing was touched; there are: {}", listed(all)));
  }
  return wanted;
}

const TestPopulation& only_one(const std::vector<TestPopulation>& populations) {
  if (populations.size() == 1) return populations.front();
  throw base::Error(base::Code::usage, "there are several disposable populations, and rows are made for one",
                    fmt::format("choose with --table and --population: {}", listed(populations)));
}

}  // namespace guard
