#include "guard/test_population.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

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

std::uint32_t sequence_of(const Bound& bound, std::size_t table, const contract::Population& population) {
  for (const BoundMint& mint : bound.mints) {
    if (mint.table == table && mint.population == &population) return mint.sequence;
  }
  return 0;
}

}  // namespace

std::vector<TestPopulation> test_populations(const contract::Contract& contract, const Bound& bound,
                                             const std::string& table, const std::string& population) {
  std::vector<TestPopulation> all;
  std::vector<TestPopulation> wanted;
  for (std::size_t i = 0; i < bound.tables.size(); ++i) {
    for (const contract::Population& each : bound.tables[i].declared->populations) {
      if (!each.disposable) continue;
      all.push_back({&bound.tables[i], &each, sequence_of(bound, i, each)});
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
