#include "rehearse/upserts.h"

#include <algorithm>

#include "changeset/tuple.h"

namespace rehearse {

namespace {

bool means(const sql::TableName& table, std::string_view qualified) {
  return table.schema.empty() ? qualified.ends_with("." + table.name) : qualified == table.schema + "." + table.name;
}

}  // namespace

std::vector<std::string> changed_columns(const changeset::Relation& relation, std::string_view before,
                                         std::string_view after) {
  std::vector<std::string> names;
  changeset::TupleReader old_values(before), new_values(after);
  for (const changeset::Column& column : relation.columns) {
    if (old_values.next() != new_values.next()) names.push_back(column.name);
  }
  return names;
}

// The statement's own text tells; where it runs other people's code (a function, a trigger, a program), what that sent.
bool Upserts::is_upsert(const RowFacts& row) {
  const sql::Facts& facts = facts_.of(row.change.statement);
  const std::string leaf = row.relation.qualified();
  const auto here = [&](const sql::TableName& table) { return means(table, leaf) || means(table, row.root); };
  const bool hidden = !facts.parsed || facts.opaque || row.via == Via::trigger;
  const auto upserts_here = [&](const sql::Write& write) { return write.upsert && here(write.table); };
  const auto& nested = nested_.facts().writes;
  return (hidden && std::any_of(nested.begin(), nested.end(), upserts_here)) ||
         std::any_of(facts.writes.begin(), facts.writes.end(), upserts_here);
}

bool Upserts::add(const RowFacts& row) {
  if (row.change.op != changeset::Op::update || row.change.before == row.change.after || !is_upsert(row)) return false;
  const std::pair key{static_cast<int>(row.change.statement), row.relation.qualified()};
  if (groups_.size() >= Ledger::statements_limit && !groups_.contains(key)) return true;
  Group& group = groups_[key];
  ++group.rows;
  group.columns.merge([&] {
    const auto names = changed_columns(row.relation, row.change.before, row.change.after);
    return std::set<std::string>(names.begin(), names.end());
  }());
  if (row.before != Populations::none) ++group.populations[row.before];
  if (group.ids.size() < Samples::limit) {
    const std::string id = names_.of(row.relation, row.change.before);
    if (!id.empty()) group.ids.push_back(id);
  }
  return true;
}

std::map<int, std::vector<UpsertEffect>> Upserts::effects() const {
  std::map<int, std::vector<UpsertEffect>> result;
  for (const auto& [key, group] : groups_) {
    UpsertEffect effect{.table = key.second, .rows = group.rows, .ids = group.ids};
    effect.columns.assign(group.columns.begin(), group.columns.end());
    for (const auto& [id, rows] : group.populations) {
      const PopulationName& name = populations_.name(id);
      effect.populations.push_back({name.name, name.is_protected(), {.updated = rows}});
    }
    result[key.first].push_back(std::move(effect));
  }
  return result;
}

}  // namespace rehearse
