#include "apply/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "apply/handed_values.h"
#include "apply/key_checks.h"
#include "apply/references.h"
#include "apply/row_writer.h"
#include "apply/savepoint.h"
#include "apply/survey.h"
#include "apply/uniques.h"
#include "apply/write_order.h"
#include "base/error.h"

namespace apply {

namespace {

enum class Pass { erase, update, insert };
using Passes = std::vector<Pass>;
const Passes at_one_time = {Pass::erase, Pass::update, Pass::insert};  // what is taken away may be brought again

struct Tried {
  changeset::Position position;
  changeset::Change change;
};

class Work {
 public:
  Work(Target& target, const pg::Catalog& catalog, const changeset::Reader& net)
      : connection_(target.session()),
        silenced_(target.offers().may_silence),
        net_(net),
        references_(read_references(connection_)),
        uniques_(read_uniques(connection_)),
        survey_(net, catalog, uniques_,
                anew_where(silenced_, silenced_ ? HandedValues() : HandedValues(net, catalog, references_, uniques_),
                           references_)) {}

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
    for (const Pass pass : at_one_time) {
      visit(pass, [](const std::string&) { return true; });
    }
  }

  void write_enforced() {
    connection_.none("SET CONSTRAINTS ALL DEFERRED");
    std::vector<TableGroup> groups = write_order(survey_, references_, uniques_);
    for (const TableGroup& group : groups) {
      switch (group.how) {
        case TableGroup::How::in_passes:
          visit(group, {Pass::insert});
          break;
        case TableGroup::How::at_one_time:
          for (const Pass pass : at_one_time) visit(group, {pass});
          break;
        case TableGroup::How::at_once:
          visit(group, at_one_time);
          break;
      }
    }
    std::erase_if(groups, [](const TableGroup& group) { return group.how != TableGroup::How::in_passes; });
    for (const TableGroup& group : groups) visit(group, {Pass::update});
    std::reverse(groups.begin(), groups.end());
    for (const TableGroup& group : groups) visit(group, {Pass::erase});
  }

  // Several passes, or several tables, are one statement.
  void visit(const TableGroup& group, const Passes& passes) {
    const auto wanted = [&](const std::string& name) {
      return std::find(group.tables.begin(), group.tables.end(), name) != group.tables.end();
    };
    if (passes.size() == 1 && group.tables.size() == 1) return visit(passes.front(), wanted);
    std::vector<Tried> changes;
    net_.for_each([&](const changeset::Change& change, changeset::Position position) {
      const changeset::Relation& relation = net_.relations()[change.relation];
      const bool part = std::any_of(passes.begin(), passes.end(),
                                    [&](const Pass pass) { return has_part_in(pass, relation, change); });
      if (part && wanted(relation.qualified()) && !lost_.contains(position)) changes.push_back({position, change});
    });
    if (changes.empty()) return;
    if (!trying_) return write_together(passes, changes);
    std::vector<Tried> failed;
    attempt(passes, changes, failed);
    try_again(passes, failed);
  }

  // Whether rows hang on others of the same table, and the server looks at it.
  bool all_at_once(const pg::Table& table) const {
    return !silenced_ && std::any_of(references_.begin(), references_.end(), [&](const Reference& reference) {
      return reference.child == table.oid && reference.parent == table.oid && !reference.can_wait();
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
        writer.emplace(connection_, table, relation,
                       all_at_once(table) ? RowWriter::Batches::one : RowWriter::Batches::many);
      }
      write(pass, relation, change, *writer);
    });
    finish();
  }

  // Of changes of one relation in one pass, a statement of the usual kind.
  void write_together(const Passes& passes, std::span<const Tried> changes) {
    const bool alone = passes.size() == 1 && std::all_of(changes.begin(), changes.end(), [&](const Tried& tried) {
                         return tried.change.relation == changes.front().change.relation;
                       });
    std::map<std::pair<std::size_t, std::uint32_t>, RowWriter> writers;  // by pass and relation
    for (const Tried& tried : changes) {
      const changeset::Relation& relation = net_.relations()[tried.change.relation];
      for (std::size_t i = 0; i < passes.size(); ++i) {
        if (!has_part_in(passes[i], relation, tried.change)) continue;
        RowWriter& writer = writers
                                .try_emplace({i, tried.change.relation}, connection_, *survey_.at(relation).table,
                                             relation, alone ? RowWriter::Batches::one : RowWriter::Batches::part)
                                .first->second;
        write(passes[i], relation, tried.change, writer);
      }
    }
    std::vector<RowWriter*> in_order;
    for (auto& [key, writer] : writers) in_order.push_back(&writer);
    if (alone) {
      in_order.front()->flush();
    } else {
      RowWriter::flush_together(connection_, in_order);
    }
    for (const auto& [key, writer] : writers) written_[net_.relations()[key.second].qualified()] += writer.written();
  }

  template <typename Wanted>
  void try_out(Pass pass, Wanted wanted) {
    constexpr std::size_t at_a_time = 1'000;
    std::vector<Tried> batch;
    std::vector<Tried> failed;
    const auto finish = [&] {
      if (!batch.empty()) attempt({pass}, batch, failed);
      batch.clear();
    };
    net_.for_each([&](const changeset::Change& change, changeset::Position position) {
      const changeset::Relation& relation = net_.relations()[change.relation];
      if (!wanted(relation.qualified()) || !has_part_in(pass, relation, change) || lost_.contains(position)) return;
      if (batch.size() >= at_a_time || (!batch.empty() && batch.front().change.relation != change.relation)) finish();
      batch.push_back({position, change});
    });
    finish();
    try_again({pass}, failed);
  }

  // Alone, a row may have failed for want of another one that came later.
  void try_again(const Passes& passes, std::vector<Tried>& failed) {
    for (std::size_t before = 0; !silenced_ && !failed.empty() && before != failed.size();) {
      before = failed.size();
      std::vector<Tried> again = std::exchange(failed, {});
      losers_.resize(losers_.size() - before);
      for (const Tried& tried : again) {
        lost_.erase(tried.position);
        attempt(passes, {&tried, 1}, failed);
      }
    }
  }

  void attempt(const Passes& passes, std::span<const Tried> batch, std::vector<Tried>& failed) {
    const auto error =
        in_savepoint(connection_, "pgrehearse_batch", [&] { write_together(passes, batch); }, is_of_one_row);
    if (!error) return;
    if (batch.size() == 1) return lose(passes, batch.front(), *error, failed);
    attempt(passes, batch.first(batch.size() / 2), failed);
    attempt(passes, batch.subspan(batch.size() / 2), failed);
  }

  void lose(const Passes& passes, const Tried& tried, const base::Error& error, std::vector<Tried>& failed) {
    losers_.push_back({tried.position, op_of(passes, tried.change), error.sqlstate(), error.message()});
    lost_.insert(tried.position);
    failed.push_back(tried);
  }

  static changeset::Op op_of(const Passes& passes, const changeset::Change& change) {
    if (passes.size() > 1) return change.op;
    switch (passes.front()) {
      case Pass::erase:
        return changeset::Op::erase;
      case Pass::update:
        return changeset::Op::update;
      case Pass::insert:
        return changeset::Op::insert;
    }
    return change.op;
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
