#include "apply/planned_rows.h"

#include <algorithm>
#include <utility>

#include "apply/batches.h"
#include "apply/gather.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t pipeline_bytes = 4u << 20;

std::size_t batch_size(const changeset::Relation& relation) {
  return TableRows::batch(relation);
}

// Versions of a table's rows as rows of a changeset; numbered, because equal relations would count as one.
changeset::Relation versions_of(const changeset::Relation& relation, std::uint32_t number) {
  return {.oid = number,
          .schema = relation.schema,
          .name = relation.name,
          .columns = {{"place", "tid"}, {"writer", "xid"}},
          .key = {0}};
}

}  // namespace

PlannedRows::PlannedRows(pg::Connection& session, const changeset::Reader& planned,
                         const std::filesystem::path& directory)
    : planned_(planned), path_(directory / "places") {
  for (const changeset::Relation& relation : planned.relations()) {
    tables_.push_back(std::make_unique<TableRows>(session, relation));
  }
}

std::vector<Difference> PlannedRows::check(Locking locking) {
  DifferenceList differences;
  changeset::Writer places(path_);
  for (std::uint32_t i = 0; i < tables_.size(); ++i) places.add(versions_of(planned_.relations()[i], i));
  for_each_batch(planned_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    std::vector<std::string_view> wanted;
    for (const changeset::Change& change : changes) {
      if (change.op != changeset::Op::insert) wanted.push_back(change.before);
    }
    TableRows& rows = *tables_.at(index);
    const std::string table = rows.relation().qualified();
    if (rows.relation().key.empty()) unsettled_.insert(table);
    rows.find(wanted, locking, [&](std::size_t i, const std::optional<TableRows::Row>& row) {
      if (!row) {
        differences.at(DifferenceKind::missing, table, "planned rows are not there any more")
            .add(rows.id_of(wanted[i]));
      } else if (row->tuple != wanted[i]) {
        Difference& changed =
            differences.at(DifferenceKind::changed, table, "planned rows were changed since the rehearsal");
        changed.add(rows.id_of(wanted[i]));
        changed.add_columns(rows.relation(), rows.id_of(wanted[i]), wanted[i], row->tuple, wanted[i], row->tuple);
      } else if (!rows.relation().key.empty()) {
        places.add(
            {.relation = index, .op = changeset::Op::erase, .before = changeset::tuple_of({row->ctid, row->writer})});
      }
    });
  });
  places.close();
  places_.emplace(path_);
  return differences.take();
}

void PlannedRows::warm(pg::Pipeline& session, pg::Connection& witness) {
  pg::Pipeline outside(witness);
  outside.add(PinnedSession::pinning(witness));
  for (const auto& table : tables_) {
    session.add(table->at_places(), {"{}"});
    outside.add(table->at_places(), {"{}"});
  }
  session.run();
  outside.run();
}

void PlannedRows::look(pg::Pipeline& session, const std::string& xid) {
  for_each_batch(*places_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& places) {
    expect_gone(session, index, places);
    if (session.bytes() > pipeline_bytes) run(session);
  });
  for_each_batch(planned_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    if (!planned_.relations()[index].key.empty()) expect_made(session, index, changes, xid);
    if (session.bytes() > pipeline_bytes) run(session);
  });
  run(session);
}

void PlannedRows::run(pg::Pipeline& pipeline) {
  pipeline.run();
  for (const auto& awaited : std::exchange(awaited_, {})) {
    if (awaited->seen != awaited->images.size()) unsettled_.insert(awaited->table);
  }
}

void PlannedRows::expect_gone(pg::Pipeline& pipeline, std::uint32_t index,
                              const std::vector<changeset::Change>& places) {
  ArrayLiteral array;
  for (const changeset::Change& place : places) array.add(changeset::value_at(place.before, 0));
  pipeline.add(tables_.at(index)->at_places(), {array.take()},
               [this, table = planned_.relations()[index].qualified()](const auto&) { unsettled_.insert(table); });
}

void PlannedRows::expect_made(pg::Pipeline& pipeline, std::uint32_t index,
                              const std::vector<changeset::Change>& changes, const std::string& xid) {
  auto awaited = std::make_unique<Awaited>();
  awaited->table = planned_.relations()[index].qualified();
  for (const changeset::Change& change : changes) {
    if (change.op != changeset::Op::erase) awaited->images.push_back(change.after);
  }
  if (awaited->images.empty()) return;
  TableRows::Lookup lookup =
      tables_.at(index)->by_key({awaited->images.begin(), awaited->images.end()}, written_in_progress(xid));
  pipeline.add(std::move(lookup.sql), std::move(lookup.parameters), [awaited = awaited.get()](const auto& values) {
    const TableRows::Found found = TableRows::found_in(values);
    awaited->seen += found.extra == "t" && found.tuple == awaited->images.at(found.number);
  });
  awaited_.push_back(std::move(awaited));
}

void PlannedRows::look_from_outside(pg::Connection& witness) {
  pg::Pipeline pipeline(witness);
  const auto begin = [&] { pipeline.add(PinnedSession::pinning(witness)); };
  begin();
  for_each_batch(*places_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& places) {
    ArrayLiteral array;
    auto awaited = std::make_unique<Awaited>();
    awaited->table = planned_.relations()[index].qualified();
    for (const changeset::Change& place : places) {
      array.add(changeset::value_at(place.before, 0));
      awaited->images.push_back(place.before);
    }
    std::sort(awaited->images.begin(), awaited->images.end());
    pipeline.add(tables_.at(index)->at_places(), {array.take()}, [awaited = awaited.get()](const auto& values) {
      awaited->seen += std::binary_search(awaited->images.begin(), awaited->images.end(),
                                          changeset::tuple_of({values.at(0), values.at(1)}));
    });
    awaited_.push_back(std::move(awaited));
    if (pipeline.bytes() <= pipeline_bytes) return;
    run(pipeline);
    begin();
  });
  run(pipeline);
}

}  // namespace apply
