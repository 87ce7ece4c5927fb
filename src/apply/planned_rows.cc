#include "apply/planned_rows.h"

#include <string>
#include <utility>

#include "apply/batches.h"
#include "apply/gather.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t pipeline_bytes = 4u << 20;

// A thousand places are looked up in a third of the time of a table that is read for them, which the planner takes to
// be cheaper. What follows in the transaction is planned as it was.
constexpr const char* by_place =
    "SELECT pg_catalog.set_config('pgrehearse.enable_seqscan', pg_catalog.current_setting('enable_seqscan'), true),"
    " pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_tidscan', 'on', true)";
constexpr const char* as_before =
    "SELECT pg_catalog.set_config('enable_seqscan', pg_catalog.current_setting('pgrehearse.enable_seqscan'), true)";

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

void PlannedRows::warm(pg::Pipeline& session, pg::KeptStatements& kept, pg::Connection& witness) {
  pg::Pipeline outside(witness);
  session.keep(kept, by_place);
  session.keep(kept, as_before);
  outside.keep(outside_, PinnedSession::pinning(witness));
  outside.keep(outside_, by_place);
  for (const auto& table : tables_) {
    session.keep(kept, table->count_places(), {"{}"});
    outside.keep(outside_, table->count_versions(), {"{}", "{}"});
  }
  session.run();
  outside.run();
}

void PlannedRows::look(pg::Pipeline& session, const std::string& xid) {
  session.add(by_place);
  for_each_batch(*places_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& places) {
    expect_gone(session, index, places);
    if (session.bytes() > pipeline_bytes) run(session);
  });
  for_each_batch(planned_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& changes) {
    if (!planned_.relations()[index].key.empty()) expect_made(session, index, changes, xid);
    if (session.bytes() > pipeline_bytes) run(session);
  });
  session.add(as_before);
  run(session);
}

void PlannedRows::run(pg::Pipeline& pipeline) {
  pipeline.run();
  for (const auto& awaited : std::exchange(awaited_, {})) {
    if (awaited->seen != awaited->wanted) unsettled_.insert(awaited->table);
  }
}

void PlannedRows::expect_gone(pg::Pipeline& pipeline, std::uint32_t index,
                              const std::vector<changeset::Change>& places) {
  ArrayLiteral array;
  for (const changeset::Change& place : places) array.add(changeset::value_at(place.before, 0));
  pipeline.add(tables_.at(index)->count_places(), {array.take()},
               [this, table = planned_.relations()[index].qualified()](const auto& values) {
                 if (values.at(0) != "0") unsettled_.insert(table);
               });
}

void PlannedRows::expect_made(pg::Pipeline& pipeline, std::uint32_t index,
                              const std::vector<changeset::Change>& changes, const std::string& xid) {
  auto awaited = std::make_unique<Awaited>();
  awaited->table = planned_.relations()[index].qualified();
  for (const changeset::Change& change : changes) {
    if (change.op != changeset::Op::erase) awaited->images.push_back(change.after);
  }
  if (awaited->images.empty()) return;
  awaited->wanted = awaited->images.size();
  TableRows::Lookup lookup =
      tables_.at(index)->by_key({awaited->images.begin(), awaited->images.end()}, written_in_progress(xid));
  pipeline.add(std::move(lookup.sql), std::move(lookup.parameters), [awaited = awaited.get()](const auto& values) {
    const TableRows::Found found = TableRows::found_in(values);
    awaited->seen += found.extra == "t" && found.tuple == awaited->images.at(found.number);
  });
  awaited_.push_back(std::move(awaited));
}

void PlannedRows::look_from_outside(pg::Connection& witness) {
  pg::Pipeline pipeline(witness, &outside_);
  const auto begin = [&] {
    pipeline.add(PinnedSession::pinning(witness));
    pipeline.add(by_place);
  };
  begin();
  for_each_batch(*places_, batch_size, [&](std::uint32_t index, const std::vector<changeset::Change>& places) {
    ArrayLiteral where;
    std::set<std::string> writers;
    auto awaited = std::make_unique<Awaited>();
    awaited->table = planned_.relations()[index].qualified();
    awaited->wanted = places.size();
    for (const changeset::Change& place : places) {
      where.add(changeset::value_at(place.before, 0));
      writers.emplace(changeset::value_at(place.before, 1).value());
    }
    ArrayLiteral by;
    for (const std::string& writer : writers) by.add(writer);
    pipeline.add(
        tables_.at(index)->count_versions(), {where.take(), by.take()},
        [awaited = awaited.get()](const auto& values) { awaited->seen += std::stoull(std::string(*values.at(0))); });
    awaited_.push_back(std::move(awaited));
    if (pipeline.bytes() <= pipeline_bytes) return;
    run(pipeline);
    begin();
  });
  run(pipeline);
}

}  // namespace apply
