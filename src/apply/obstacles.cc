#include "apply/obstacles.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "apply/batches.h"
#include "apply/dependents.h"
#include "apply/table_rows.h"

namespace apply {

namespace {

constexpr const char* taken = "keys of planned rows are in use by rows that others made";

// Rows whose keys are equal to planned ones and spelt otherwise (1.0 and 1.00, citext): a planned row may be about to
// give its key up. Id of the row that wants it, by relation and contents of the one that has it.
using Respelt = std::map<std::pair<std::uint32_t, std::string>, std::string>;

void forget_planned(const changeset::Reader& planned, Respelt& respelt) {
  if (respelt.empty()) return;
  planned.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!change.before.empty()) respelt.erase({change.relation, change.before});
  });
}

// Net changes name a key once: whatever has it, as it is spelt there, is a stranger's.
void find_taken_keys(pg::Connection& session, const changeset::Reader& planned, DifferenceList& differences) {
  Respelt respelt;
  for_each_batch(planned, TableRows::batch, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    const changeset::Relation& relation = planned.relations()[index];
    std::vector<std::string_view> made;
    for (const changeset::Change& change : changes) {
      if (change.op == changeset::Op::insert) made.push_back(change.after);
    }
    if (relation.key.empty() || made.empty()) return;
    TableRows rows(session, relation);
    rows.find(made, Locking::none, [&](std::size_t i, const std::optional<TableRows::Row>& row) {
      if (!row) return;
      std::string id = rows.id_of(made[i]);
      if (id == rows.id_of(row->tuple)) {
        differences.at(DifferenceKind::taken, relation.qualified(), taken).add(std::move(id));
      } else {
        respelt.emplace(std::pair(index, row->tuple), std::move(id));
      }
    });
  });
  forget_planned(planned, respelt);
  for (auto& [place, id] : respelt) {
    differences.at(DifferenceKind::taken, planned.relations()[place.first].qualified(), taken).add(std::move(id));
  }
}

}  // namespace

std::vector<Difference> obstacles(pg::Connection& session, const changeset::Reader& planned,
                                  const pg::Catalog& catalog) {
  DifferenceList differences;
  find_taken_keys(session, planned, differences);
  std::set<changeset::Position> seen;
  find_dependents(session, planned, catalog, [&](const Dependent& dependent) {
    if (!seen.insert(dependent.position).second) return;
    const auto kind = dependent.kind == "unique" ? DifferenceKind::taken : DifferenceKind::result;
    differences.at(kind, dependent.relation.qualified(), "planned rows cannot be written: " + dependent.message)
        .add(dependent.id);
  });
  return differences.take();
}

}  // namespace apply
