#include "apply/locking.h"

#include <memory>

#include "apply/batches.h"

namespace apply {

Difference& DifferenceList::at(DifferenceKind kind, const std::string& table, std::string_view message) {
  Difference& entry = entries_[{table, kind}];
  if (entry.message.empty()) {
    entry.kind = kind;
    entry.table = table;
    entry.message = message;
  }
  return entry;
}

std::vector<Difference> DifferenceList::take() {
  std::vector<Difference> all;
  for (auto& [key, entry] : entries_) all.push_back(std::move(entry));
  entries_.clear();
  return all;
}

std::vector<Difference> check_before_images(pg::Connection& session, const changeset::Reader& net, Locking locking) {
  DifferenceList differences;
  // All of them before the first lock is held: the server is asked about each.
  std::vector<std::unique_ptr<TableRows>> tables;
  for (const changeset::Relation& relation : net.relations()) {
    tables.push_back(std::make_unique<TableRows>(session, relation));
  }
  const auto size = [](const changeset::Relation& relation) { return TableRows::batch(relation); };
  for_each_batch(net, size, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    std::vector<std::string_view> wanted;
    for (const changeset::Change& change : changes) {
      if (change.op != changeset::Op::insert) wanted.push_back(change.before);
    }
    if (wanted.empty()) return;
    TableRows& rows = *tables.at(index);
    const std::string table = rows.relation().qualified();
    rows.find(wanted, locking, [&](std::size_t i, std::optional<TableRows::Row> row) {
      if (!row) {
        differences.at(DifferenceKind::missing, table, "planned rows are not there any more")
            .add(rows.id_of(wanted[i]));
      } else if (row->tuple != wanted[i]) {
        differences.at(DifferenceKind::changed, table, "planned rows were changed since the rehearsal")
            .add(rows.id_of(wanted[i]));
      }
    });
  });
  return differences.take();
}

}  // namespace apply
