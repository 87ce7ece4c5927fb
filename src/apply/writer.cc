#include "apply/writer.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "apply/key_checks.h"
#include "apply/references.h"
#include "apply/row_writer.h"
#include "apply/survey.h"
#include "apply/uniques.h"
#include "base/error.h"

namespace apply {

namespace {

// The order in which tables are written while foreign keys are enforced: parents first. Throws Error(refused) where
// there is none.
std::map<std::string, std::size_t> parents_first(const Survey& survey, const std::vector<Reference>& references) {
  std::map<std::uint32_t, std::set<std::uint32_t>> parents;
  std::map<std::uint32_t, std::string> names;
  for (const auto& [name, table] : survey.tables()) {
    parents[table.table->oid];
    names[table.table->oid] = name;
  }
  for (const Reference& reference : references) {
    if (reference.deferrable || reference.child == reference.parent) continue;
    if (names.contains(reference.child) && names.contains(reference.parent)) {
      parents[reference.child].insert(reference.parent);
    }
  }
  std::map<std::string, std::size_t> order;
  while (!parents.empty()) {
    const auto free =
        std::find_if(parents.begin(), parents.end(), [](const auto& entry) { return entry.second.empty(); });
    if (free == parents.end()) {
      throw base::Error(base::Code::refused,
                        fmt::format("the foreign keys of {} lead in a circle and cannot be deferred",
                                    names.at(parents.begin()->first)),
                        "nothing was changed; GRANT SET ON PARAMETER session_replication_role to the role (PostgreSQL "
                        "15 and later), or connect as a superuser");
    }
    const std::uint32_t oid = free->first;
    order.emplace(names.at(oid), order.size());
    parents.erase(free);
    for (auto& [child, of] : parents) of.erase(oid);
  }
  return order;
}

class Work {
 public:
  Work(Target& target, const pg::Catalog& catalog, const changeset::Reader& net)
      : connection_(target.session()),
        silenced_(target.offers().may_silence),
        net_(net),
        references_(read_references(connection_)),
        uniques_(read_uniques(connection_)),
        survey_(net, catalog, uniques_, silenced_) {}

  std::map<std::string, rehearse::Counts> run() {
    if (silenced_) {
      write_silenced();
    } else {
      write_enforced();
    }
    connection_.none("SET CONSTRAINTS ALL IMMEDIATE");
    return std::move(written_);
  }

 private:
  enum class Pass { erase, update, insert };

  // No foreign key is enforced, so the order is that which never has a value twice.
  void write_silenced() {
    connection_.none("SET LOCAL session_replication_role = replica");
    for (const Unique& unique : uniques_) {
      const SurveyedTable* table = survey_.by_oid(unique.table);
      if (!unique.deferrable || !table) continue;
      // What looks for duplicates is a trigger, and silent too: others must not add any while we look ourselves.
      connection_.none(fmt::format("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
                                   pg::quote_qualified(table->table->schema, table->table->name)));
    }
    for (const Pass pass : {Pass::erase, Pass::update, Pass::insert}) {
      visit(pass, [](const std::string&) { return true; });
    }
    check_keys(connection_, net_, survey_, references_, uniques_);
  }

  void write_enforced() {
    connection_.none("SET CONSTRAINTS ALL DEFERRED");
    const std::map<std::string, std::size_t> order = parents_first(survey_, references_);
    std::vector<std::string> tables(order.size());
    for (const auto& [name, place] : order) tables[place] = name;
    const auto of = [&](const std::string& wanted) { return [&](const std::string& name) { return name == wanted; }; };
    for (const std::string& name : tables) visit(Pass::insert, of(name));
    for (const std::string& name : tables) visit(Pass::update, of(name));
    std::reverse(tables.begin(), tables.end());
    for (const std::string& name : tables) visit(Pass::erase, of(name));
  }

  bool refers_to_itself(std::uint32_t oid) const {
    return std::any_of(references_.begin(), references_.end(), [&](const Reference& reference) {
      return reference.child == oid && reference.parent == oid && !reference.deferrable;
    });
  }

  template <typename Wanted>
  void visit(Pass pass, Wanted wanted) {
    std::optional<std::uint32_t> current;
    std::optional<RowWriter> writer;
    const auto finish = [&] {
      if (!writer) return;
      writer->flush();
      written_[net_.relations()[*current].qualified()] += writer->written();
      writer.reset();
    };
    net_.for_each([&](const changeset::Change& change, changeset::Position) {
      const changeset::Relation& relation = net_.relations()[change.relation];
      if (!wanted(relation.qualified())) return;
      if (current != change.relation || !writer) {
        finish();
        current = change.relation;
        const pg::Table& table = *survey_.at(relation).table;
        writer.emplace(connection_, table, relation, !silenced_ && refers_to_itself(table.oid));
      }
      write(pass, relation, change, *writer);
    });
    finish();
  }

  void write(Pass pass, const changeset::Relation& relation, const changeset::Change& change, RowWriter& writer) {
    const bool update = change.op == changeset::Op::update;
    const bool anew = update && survey_.written_anew(relation, change);
    switch (pass) {
      case Pass::erase:
        if (change.op == changeset::Op::erase || anew) writer.erase(change.before);
        break;
      case Pass::update:
        if (update && !anew) writer.update(change.before, change.after);
        break;
      case Pass::insert:
        if (change.op == changeset::Op::insert || anew) writer.insert(change.after);
        break;
    }
  }

  pg::Connection& connection_;
  bool silenced_;
  const changeset::Reader& net_;
  std::vector<Reference> references_;
  std::vector<Unique> uniques_;
  Survey survey_;
  std::map<std::string, rehearse::Counts> written_;
};

}  // namespace

std::map<std::string, rehearse::Counts> write_rows(Target& target, const pg::Catalog& catalog,
                                                   const changeset::Reader& net) {
  return Work(target, catalog, net).run();
}

changeset::Change inverted(const changeset::Change& change) {
  changeset::Change inverse = change;
  std::swap(inverse.before, inverse.after);
  if (change.op == changeset::Op::insert) inverse.op = changeset::Op::erase;
  if (change.op == changeset::Op::erase) inverse.op = changeset::Op::insert;
  return inverse;
}

}  // namespace apply
