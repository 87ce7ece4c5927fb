#include "rehearse/tally.h"

#include <algorithm>

#include "base/text.h"
#include "changeset/tuple.h"

namespace rehearse {

namespace {

constexpr std::size_t id_width = 40;

std::vector<std::string>& samples_of(Samples& samples, changeset::Op op) {
  if (op == changeset::Op::insert) return samples.inserted;
  return op == changeset::Op::update ? samples.updated : samples.deleted;
}

void count(Counts& counts, changeset::Op op) {
  if (op == changeset::Op::insert) ++counts.inserted;
  if (op == changeset::Op::update) ++counts.updated;
  if (op == changeset::Op::erase) ++counts.deleted;
}

}  // namespace

std::string RowNames::of(const changeset::Relation& relation, std::string_view tuple) {
  const auto [entry, fresh] = columns_.try_emplace(&relation);
  if (fresh) {
    const BoundTable* bound = subject_.contract_table(relation.oid);
    const auto id = bound ? subject_.positions(relation, {bound->id}) : std::nullopt;
    entry->second = id ? *id : std::vector<std::size_t>(relation.key.begin(), relation.key.end());
  }
  std::string name;
  for (const std::size_t column : entry->second) {
    if (!name.empty()) name += ", ";
    name += changeset::value_at(tuple, column).value_or("NULL");
  }
  name = base::one_line(name, id_width);
  return entry->second.size() > 1 ? "(" + name + ")" : name;
}

Counts& TableTally::of(Populations::Id population) {
  const auto found = std::find_if(by_population_.begin(), by_population_.end(),
                                  [&](const auto& entry) { return entry.first == population; });
  return found != by_population_.end() ? found->second : by_population_.emplace_back(population, Counts{}).second;
}

// An update counts for the population the row had; one that moves a row into another counts there too, as a finding of
// its own says.
void TableTally::add(const changeset::Change& change, Populations::Id before, Populations::Id after) {
  count(counts_, change.op);
  const Populations::Id population = change.op == changeset::Op::insert ? after : before;
  if (population != Populations::none) count(of(population), change.op);
}

void TableTally::add_deleted(Populations::Id population, std::int64_t rows) {
  counts_.deleted += rows;
  if (population != Populations::none) of(population).deleted += rows;
}

bool TableTally::wants_sample(changeset::Op op) {
  return samples_of(samples_, op).size() < Samples::limit;
}

void TableTally::add_sample(changeset::Op op, std::string id) {
  if (!id.empty()) samples_of(samples_, op).push_back(std::move(id));
}

TableEffect TableTally::effect(const Populations& populations) const {
  TableEffect effect{.via = via, .counts = counts_, .truncated = truncated, .samples = samples_};
  for (const auto& [id, counts] : by_population_) {
    const PopulationName& name = populations.name(id);
    effect.populations.push_back({name.name, name.is_protected(), counts});
  }
  std::sort(effect.populations.begin(), effect.populations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return effect;
}

}  // namespace rehearse
