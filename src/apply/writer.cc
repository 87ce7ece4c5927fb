#include "apply/writer.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "apply/key_checks.h"
#include "apply/references.h"
#include "apply/row_writer.h"
#include "apply/savepoint.h"
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
      throw base::Error(
          base::Code::refused,
          fmt::format("the foreign keys of {} lead in a circle and cannot be deferred",
                      names.at(parents.begin()->first)),
          "GRANT SET ON PARAMETER session_replication_role to the role (PostgreSQL 15 and later), or connect "
          "as a superuser");
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
    write();
    if (silenced_) check_keys(connection_, net_, survey_, references_, uniques_);
    connection_.none("SET CONSTRAINTS ALL IMMEDIATE");
    return std::move(written_);
  }

  std::vector<Loser> find_losers() {
    connection_.none("SAVEPOINT pgrehearse_trial");
    trying_ = true;
    write();
    connection_.none("ROLLBACK TO SAVEPOINT pgrehearse_trial");
    return std::move(losers_);
  }

 private:
  enum class Pass { erase, update, insert };

  void write() {
    if (silenced_) {
      write_silenced();
    } else {
      write_enforced();
    }
  }

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

  // Whether rows hang on others of the same table, and the server looks at it.
  bool all_at_once(const pg::Table& table) const {
    return !silenced_ && std::any_of(references_.begin(), references_.end(), [&](const Reference& reference) {
      return reference.child == table.oid && reference.parent == table.oid && !reference.deferrable;
    });
  }

  template <typename Wanted>
  void visit(Pass pass, Wanted wanted) {
    if (trying_) return try_out(pass, wanted);
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
        writer.emplace(connection_, table, relation, all_at_once(table));
      }
      write(pass, relation, change, *writer);
    });
    finish();
  }

  struct Tried {
    changeset::Position position;
    changeset::Change change;
  };

  template <typename Wanted>
  void try_out(Pass pass, Wanted wanted) {
    constexpr std::size_t at_a_time = 1'000;
    std::vector<Tried> batch;
    std::vector<Tried> failed;
    const auto finish = [&] {
      if (!batch.empty()) attempt(pass, batch, failed);
      batch.clear();
    };
    net_.for_each([&](const changeset::Change& change, changeset::Position position) {
      const changeset::Relation& relation = net_.relations()[change.relation];
      if (!wanted(relation.qualified()) || !has_part_in(pass, relation, change) || lost_.contains(position)) return;
      if (batch.size() >= at_a_time || (!batch.empty() && batch.front().change.relation != change.relation)) finish();
      batch.push_back({position, change});
    });
    finish();
    // Alone, a row may have failed for want of another one of its table that came later.
    for (std::size_t before = 0; !silenced_ && !failed.empty() && before != failed.size();) {
      before = failed.size();
      std::vector<Tried> again = std::exchange(failed, {});
      losers_.resize(losers_.size() - before);
      for (const Tried& tried : again) {
        lost_.erase(tried.position);
        attempt(pass, {&tried, 1}, failed);
      }
    }
  }

  void attempt(Pass pass, std::span<const Tried> batch, std::vector<Tried>& failed) {
    const changeset::Relation& relation = net_.relations()[batch.front().change.relation];
    const auto error = in_savepoint(
        connection_, "pgrehearse_batch",
        [&] {
          RowWriter writer(connection_, *survey_.at(relation).table, relation, true);
          for (const Tried& tried : batch) write(pass, relation, tried.change, writer);
          writer.flush();
        },
        is_of_one_row);
    if (!error) return;
    if (batch.size() == 1) return lose(pass, batch.front(), *error, failed);
    attempt(pass, batch.first(batch.size() / 2), failed);
    attempt(pass, batch.subspan(batch.size() / 2), failed);
  }

  void lose(Pass pass, const Tried& tried, const base::Error& error, std::vector<Tried>& failed) {
    const changeset::Op op = pass == Pass::erase    ? changeset::Op::erase
                             : pass == Pass::update ? changeset::Op::update
                                                    : changeset::Op::insert;
    losers_.push_back({tried.position, op, error.sqlstate(), error.message()});
    lost_.insert(tried.position);
    failed.push_back(tried);
  }

  bool has_part_in(Pass pass, const changeset::Relation& relation, const changeset::Change& change) const {
    const bool update = change.op == changeset::Op::update;
    const bool anew = update && survey_.written_anew(relation, change);
    switch (pass) {
      case Pass::erase:
        return change.op == changeset::Op::erase || anew;
      case Pass::update:
        return update && !anew;
      case Pass::insert:
        return change.op == changeset::Op::insert || anew;
    }
    return false;
  }

  void write(Pass pass, const changeset::Relation& relation, const changeset::Change& change, RowWriter& writer) {
    if (!has_part_in(pass, relation, change)) return;
    switch (pass) {
      case Pass::erase:
        writer.erase(change.before);
        break;
      case Pass::update:
        writer.update(change.before, change.after);
        break;
      case Pass::insert:
        writer.insert(change.after);
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
  bool trying_ = false;
  std::vector<Loser> losers_;
  std::set<changeset::Position> lost_;
};

}  // namespace

std::map<std::string, rehearse::Counts> write_rows(Target& target, const pg::Catalog& catalog,
                                                   const changeset::Reader& net) {
  return Work(target, catalog, net).run();
}

bool is_of_one_row(const base::Error& error) {
  const std::string& state = error.sqlstate();
  // Manual, "PostgreSQL Error Codes": values, constraints, domains and what PL/pgSQL raises; 428C9: an identity or a
  // generated column is not to be written.
  return state.starts_with("22") || state.starts_with("23") || state.starts_with("44") || state.starts_with("P0") ||
         state == "428C9";
}

bool cannot_be_asked(const base::Error& error) {
  if (error.sqlstate() == "42501") return false;  // a privilege
  return is_of_one_row(error) || error.sqlstate().starts_with("42");
}

std::vector<Loser> find_losers(Target& target, const pg::Catalog& catalog, const changeset::Reader& net) {
  return Work(target, catalog, net).find_losers();
}

changeset::Change inverted(const changeset::Change& change) {
  changeset::Change inverse = change;
  std::swap(inverse.before, inverse.after);
  if (change.op == changeset::Op::insert) inverse.op = changeset::Op::erase;
  if (change.op == changeset::Op::erase) inverse.op = changeset::Op::insert;
  return inverse;
}

}  // namespace apply
