#include "apply/obstacles.h"

#include <optional>
#include <set>

#include "apply/batches.h"
#include "apply/dependents.h"
#include "apply/table_rows.h"

namespace apply {

namespace {

// Net changes name a key once: whatever has it is a stranger's.
void find_taken_keys(pg::Connection& session, const changeset::Reader& planned, DifferenceList& differences) {
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
      differences
          .at(DifferenceKind::taken, relation.qualified(), "keys of planned rows are in use by rows that others made")
          .add(rows.id_of(made[i]));
    });
  });
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
