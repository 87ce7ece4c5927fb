#include "apply/survey.h"

#include <fmt/core.h>

#include "apply/references.h"
#include "base/error.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

const pg::Table& table_of(const pg::Catalog& catalog, const changeset::Relation& relation) {
  const pg::Table* table = catalog.find(relation.schema, relation.name);
  if (table && table->kind == 'r') return *table;
  throw base::Error(base::Code::refused,
                    table ? fmt::format("{} is a partitioned table now", relation.qualified())
                          : fmt::format("there is no table {}", relation.qualified()),
                    "the database is not the one that it was: its tables were altered");
}

template <typename Visit>
void for_changed(const changeset::Relation& relation, const changeset::Change& update, Visit visit) {
  changeset::TupleReader before(update.before);
  changeset::TupleReader after(update.after);
  for (const changeset::Column& column : relation.columns) {
    const bool differs = before.next() != after.next();
    if (differs) visit(column.name);
  }
}

}  // namespace

std::vector<const pg::Column*> added_columns(const pg::Table& table, const changeset::Relation& relation) {
  std::vector<const pg::Column*> added;
  for (const pg::Column& column : table.columns) {
    if (!column.generated && places_of(relation, {column.name}).empty()) added.push_back(&column);
  }
  return added;
}

std::vector<std::string> alterations(const pg::Table& table, const changeset::Relation& relation,
                                     const std::vector<std::string>& types) {
  std::vector<std::string> said;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const auto& [name, type] = relation.columns[i];
    const pg::Column& now = *table.column(name);
    // Changes know a type without its modifiers, and without the schema that it was found in.
    if (now.generated || now.type == type || types.at(i) == type || types[i].ends_with("." + type)) continue;
    said.push_back(fmt::format("values of {} in {} come back as they were spelt: its type was {}, and is {} now", name,
                               relation.qualified(), type, types[i]));
  }
  for (const pg::Column* column : added_columns(table, relation)) {
    said.push_back(fmt::format("column {} of {} was added since: rows that come back have its default", column->name,
                               relation.qualified()));
  }
  return said;
}

SurveyedTable& Survey::enter(const changeset::Relation& relation, const pg::Catalog& catalog,
                             const std::vector<Unique>& uniques, const Anew& anew) {
  SurveyedTable& table = tables_[relation.qualified()];
  if (table.table) return table;
  table.table = &table_of(catalog, relation);
  Handed& handed = handed_[relation.qualified()];
  if (!anew(table.table->oid) || !added_columns(*table.table, relation).empty()) return table;
  for (const Unique& unique : uniques) {
    if (unique.table != table.table->oid || unique.primary) continue;
    if (places_of(relation, unique.uses).empty()) handed.always = true;
    handed.columns.insert(unique.uses.begin(), unique.uses.end());
  }
  for (const pg::Column& column : table.table->columns) {
    if (column.identity) handed.columns.insert(column.name);
  }
  return table;
}

Survey::Survey(const changeset::Reader& net, const pg::Catalog& catalog, const std::vector<Unique>& uniques,
               const Anew& anew, Way way) {
  net.for_each([&](const changeset::Change& change, changeset::Position) {
    const changeset::Relation& relation = net.relations()[change.relation];
    SurveyedTable& table = enter(relation, catalog, uniques, anew);
    switch (change.op) {
      case changeset::Op::insert:
        ++(way == Way::forth ? table.counts.inserted : table.counts.deleted);
        break;
      case changeset::Op::erase:
        ++(way == Way::forth ? table.counts.deleted : table.counts.inserted);
        break;
      case changeset::Op::update:
        ++table.counts.updated;
        for_changed(relation, change, [&](const std::string& column) { table.updated.insert(column); });
        if (written_anew(relation, change)) table.any_written_anew = true;
        break;
      case changeset::Op::truncate:
        break;
    }
  });
}

const SurveyedTable* Survey::by_oid(std::uint32_t oid) const {
  for (const auto& [name, table] : tables_) {
    if (table.table->oid == oid) return &table;
  }
  return nullptr;
}

bool Survey::written_anew(const changeset::Relation& relation, const changeset::Change& change) const {
  const Handed& handed = handed_.at(relation.qualified());
  if (handed.always) return true;
  bool anew = false;
  if (handed.columns.empty()) return anew;
  for_changed(relation, change, [&](const std::string& column) { anew = anew || handed.columns.contains(column); });
  return anew;
}

}  // namespace apply
