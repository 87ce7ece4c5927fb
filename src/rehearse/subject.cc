#include "rehearse/subject.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "pg/misnamed.h"

namespace rehearse {

namespace {

[[noreturn]] void fail_at(const contract::Contract& contract, int line, const std::string& message,
                          const std::string& hint = "the contract and the database disagree: correct one of them") {
  throw base::Error(base::Code::contract, fmt::format("{}:{}: {}", contract.file.string(), line, message), hint);
}

[[noreturn]] void no_table(const contract::Contract& contract, const contract::Table& declared,
                           pg::Connection& connection) {
  const std::string message = fmt::format("table {} does not exist in the database", declared.name);
  const auto alike = pg::table_alike(connection, declared.name);
  if (!alike) fail_at(contract, declared.line, message);
  fail_at(contract, declared.line, message, alike->advice());
}

int column_number(const contract::Contract& contract, const pg::Table& table, const std::string& name, int line) {
  const pg::Column* column = table.column(name);
  if (!column) fail_at(contract, line, fmt::format("table {} has no column {}", table.qualified(), name));
  return column->number;
}

bool has_id_space(const contract::Population& population) {
  return !population.ids.ranges.empty();
}

void check_id_type(const contract::Contract& contract, const pg::Table& table, const contract::Table& declared) {
  const std::string& type = table.column(declared.id)->type;
  // Numbers and domains over them may be ids; of these nobody can say that they lie in a range.
  static constexpr std::array unfit = {"text", "char",   "uuid", "boolean", "date",
                                       "time", "double", "real", "bytea",   "json"};
  if (std::none_of(unfit.begin(), unfit.end(), [&](const char* prefix) { return type.starts_with(prefix); })) return;
  const auto& populations = declared.populations;
  if (std::none_of(populations.begin(), populations.end(), has_id_space)) return;
  fail_at(contract, declared.id_line,
          fmt::format("{}.{} is of type {}, and id spaces hold whole numbers", table.qualified(), declared.id, type));
}

// Cascading keys first: a row hangs most surely on the row whose end is its own.
bool preferred(const pg::ForeignKey& a, const pg::ForeignKey& b) {
  const auto rank = [](const pg::ForeignKey& key) { return std::pair(key.on_delete != 'c', key.oid); };
  return rank(a) < rank(b);
}

}  // namespace

Subject::Subject(const contract::Contract& contract, pg::Connection& connection, const pg::Catalog& before)
    : contract_(contract) {
  learn_names(before);
  bind(connection, before);
  follow_foreign_keys(before);
}

void Subject::extend(pg::Connection& connection, const pg::Catalog& after) {
  learn_names(after);
  for (const contract::Table& declared : contract_.tables) {
    const auto found = after.tables.find(pg::resolve_table(connection, declared.name));
    if (found == after.tables.end() || tables_.contains(found->first)) continue;
    const pg::Column* id = found->second.column(declared.id);
    const pg::Column* population = found->second.column(declared.population);
    if (!id || !population) continue;
    tables_.emplace(found->first, BoundTable{&declared, found->first, id->number, population->number});
  }
  follow_foreign_keys(after);
}

void Subject::bind(pg::Connection& connection, const pg::Catalog& before) {
  for (const contract::Table& declared : contract_.tables) {
    const std::uint32_t oid = pg::resolve_table(connection, declared.name);
    const auto found = before.tables.find(oid);
    if (found == before.tables.end()) no_table(contract_, declared, connection);
    BoundTable bound{.declared = &declared, .oid = oid};
    bound.id = column_number(contract_, found->second, declared.id, declared.id_line);
    check_id_type(contract_, found->second, declared);
    bound.population = column_number(contract_, found->second, declared.population, declared.population_line);
    tables_.emplace(oid, bound);
    for (const contract::Population& population : declared.populations) {
      if (!population.minted_by) continue;
      const std::uint32_t sequence = pg::resolve_sequence(connection, population.minted_by->sequence);
      if (!sequence) {
        fail_at(contract_, population.line,
                fmt::format("sequence {} does not exist in the database", population.minted_by->sequence));
      }
      mints_.push_back({.table = &declared, .population = &population, .sequence = sequence});
    }
  }
}

void Subject::learn_names(const pg::Catalog& catalog) {
  for (const auto& [oid, table] : catalog.tables) {
    roots_.emplace(oid, table.root ? table.root : oid);
    for (const pg::Column& column : table.columns) {
      auto& known = names_[oid][column.number];
      if (std::find(known.begin(), known.end(), column.name) == known.end()) known.push_back(column.name);
    }
  }
}

// Breadth first from the contract's tables, so that every table hangs on the nearest of them.
void Subject::follow_foreign_keys(const pg::Catalog& catalog) {
  std::vector<pg::ForeignKey> keys = catalog.foreign_keys;
  std::sort(keys.begin(), keys.end(), preferred);
  std::vector<std::uint32_t> reached;
  for (const auto& [oid, table] : tables_) reached.push_back(oid);
  for (std::size_t next = 0; next < reached.size(); ++next) {
    for (const pg::ForeignKey& key : keys) {
      const std::uint32_t child = root(key.table);
      const std::uint32_t parent = root(key.target);
      // A partition's own copy of a key numbers its columns its own way: only the root's is followed.
      if (child != key.table || parent != key.target || parent != reached[next] || child == parent) continue;
      if (tables_.contains(child)) continue;
      links_.emplace(child, Link{child, parent, key.columns, key.target_columns});  // the first key stays
      if (std::find(reached.begin(), reached.end(), child) == reached.end()) reached.push_back(child);
    }
  }
}

std::uint32_t Subject::root(std::uint32_t oid) const {
  const auto found = roots_.find(oid);
  return found == roots_.end() ? oid : found->second;
}

const BoundTable* Subject::contract_table(std::uint32_t oid) const {
  const auto found = tables_.find(root(oid));
  return found == tables_.end() ? nullptr : &found->second;
}

const Link* Subject::link(std::uint32_t oid) const {
  const auto found = links_.find(root(oid));
  return found == links_.end() ? nullptr : &found->second;
}

std::vector<const Link*> Subject::links_to(std::uint32_t oid) const {
  std::vector<const Link*> result;
  for (const auto& [child, link] : links_) {
    if (link.parent == root(oid)) result.push_back(&link);
  }
  return result;
}

std::optional<std::vector<std::size_t>> Subject::positions(const changeset::Relation& relation,
                                                           const ColumnNumbers& numbers) const {
  const auto names = names_.find(root(relation.oid));
  if (names == names_.end()) return std::nullopt;
  std::vector<std::size_t> result;
  for (const int number : numbers) {
    const auto known = names->second.find(number);
    if (known == names->second.end()) return std::nullopt;
    const auto column = std::find_if(relation.columns.begin(), relation.columns.end(), [&](const auto& candidate) {
      return std::find(known->second.begin(), known->second.end(), candidate.name) != known->second.end();
    });
    if (column == relation.columns.end()) return std::nullopt;
    result.push_back(static_cast<std::size_t>(column - relation.columns.begin()));
  }
  return result;
}

}  // namespace rehearse
