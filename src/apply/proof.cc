#include "apply/proof.h"

#include <fmt/core.h>

#include "apply/gather.h"
#include "apply/relations.h"
#include "apply/strangers.h"
#include "base/error.h"
#include "changeset/fold.h"
#include "sys/file.h"

namespace apply {

namespace {

// Changes of another file, into a writer that numbers relations for itself.
class Copier {
 public:
  Copier(const changeset::Reader& from, changeset::Writer& to) : from_(from), to_(to) {}
  void copy(changeset::Change change) {
    const auto [known, added] = numbers_.try_emplace(change.relation, 0);
    if (added) known->second = to_.add(from_.relations().at(change.relation));
    change.relation = known->second;
    to_.add(change);
  }

 private:
  const changeset::Reader& from_;
  changeset::Writer& to_;
  std::map<std::uint32_t, std::uint32_t> numbers_;
};

// What a trigger may write down of our session.
void note_session(pg::Connection& session, RunWindow& window) {
  const pg::Row row = session.rows(
      "SELECT pg_catalog.pg_current_xact_id()::text, pg_catalog.host(pg_catalog.inet_client_addr()),"
      " pg_catalog.inet_client_port()::text")[0];
  window.backends = {std::to_string(session.backend_pid())};
  window.first_xid = std::stoll(row[0].value());
  window.next_xid = window.first_xid + 1;
  window.client = row[1].value_or("");
  window.port = row[2].value_or("");
}

}  // namespace

rehearse::Counts counts_of(const TableCounts& counts, const std::string& table) {
  const auto found = counts.find(table);
  return found == counts.end() ? rehearse::Counts{} : found->second;
}

std::vector<Difference> namesakes(const pg::Catalog& catalog, const TableCounts& touched) {
  std::map<std::string, int> tables;
  for (const auto& [oid, table] : catalog.tables) ++tables[table.qualified()];
  DifferenceList differences;
  for (const auto& [table, counts] : touched) {
    const auto known = tables.find(table);
    if (known == tables.end() || known->second < 2) continue;
    differences
        .at(DifferenceKind::unproven, table,
            "several tables are called so, a dot being part of a name, and cannot be told apart")
        .rows = counts.total();
  }
  return differences.take();
}

TableCounts count_rows(const changeset::Reader& net) {
  TableCounts counts;
  net.for_each([&](const changeset::Change& change, changeset::Position) {
    rehearse::Counts& of_table = counts[net.relations().at(change.relation).qualified()];
    of_table.inserted += change.op == changeset::Op::insert;
    of_table.updated += change.op == changeset::Op::update;
    of_table.deleted += change.op == changeset::Op::erase;
  });
  return counts;
}

void write_net(const changeset::Reader& raw, const std::filesystem::path& directory, changeset::Writer& out) {
  changeset::Fold fold({.directory = directory});
  raw.for_each([&](const changeset::Change& change, changeset::Position position) {
    fold.add(raw.relations().at(change.relation), change, position);
  });
  Copier copier(raw, out);
  fold.finish(raw, [&](const changeset::Change& change) { copier.copy(change); });
}

Proof::Proof(Target& target, const Expectation& expected, const Work& work)
    : target_(target), expected_(expected), work_(work), planned_(count_rows(expected.planned)) {}

void Proof::suspect_by_counts() {
  for (const auto& [table, counts] : work_.touched) {
    if (counts != counts_of(expected_.counts, table)) suspects_.insert(table);
  }
  for (const auto& [table, counts] : expected_.counts) {
    if (counts != counts_of(work_.touched, table)) suspects_.insert(table);
  }
}

// As the plan has it or, for a table that the plan does not know, as the catalog does.
changeset::Relation Proof::relation_of(const std::string& table) const {
  for (const changeset::Relation& relation : expected_.planned.relations()) {
    if (relation.qualified() == table) return relation;
  }
  if (const pg::Table* found = table_named(work_.catalog, table)) return apply::relation_of(*found);
  throw base::Error(base::Code::refused, fmt::format("the script wrote to {}, which the plan does not know", table),
                    "make a new plan");
}

bool Proof::settled(const std::set<std::string>& unsettled) {
  suspects_ = unsettled;
  suspect_by_counts();
  return suspects_.empty();
}

std::vector<Difference> Proof::settle(const std::filesystem::path& actual) {
  const std::filesystem::path raw_path = work_.directory / "touched";
  changeset::Writer raw(raw_path);
  for (const std::string& table : suspects_) gather(target_, relation_of(table), counts_of(work_.touched, table), raw);
  raw.close();
  return compare_suspects(changeset::Reader(raw_path), actual);
}

std::vector<Difference> Proof::settle_by(const changeset::Reader& touched, const std::filesystem::path& actual) {
  std::set<std::string> told;
  for (const changeset::Relation& relation : touched.relations()) told.insert(relation.qualified());
  for (const auto& [table, counts] : planned_) suspects_.insert(table);
  suspects_.insert(told.begin(), told.end());
  DifferenceList unwatched;
  for (const auto& [table, counts] : work_.touched) {
    if (told.contains(table)) continue;
    unwatched.at(DifferenceKind::unproven, table, "rows were written where nobody was watching").rows = counts.total();
  }
  std::vector<Difference> differences = compare_suspects(touched, actual);
  for (Difference& difference : unwatched.take()) differences.push_back(std::move(difference));
  return differences;
}

std::vector<Difference> Proof::compare_suspects(const changeset::Reader& raw, const std::filesystem::path& actual) {
  const std::filesystem::path net_path = work_.directory / "did";
  changeset::Writer net(net_path);
  write_net(raw, work_.directory, net);
  net.close();
  const changeset::Reader did(net_path);
  changeset::Writer out(actual);
  Copier planned(expected_.planned, out);
  expected_.planned.for_each([&](const changeset::Change& change, changeset::Position) {
    if (!suspects_.contains(expected_.planned.relations().at(change.relation).qualified())) planned.copy(change);
  });
  Copier really(did, out);
  did.for_each([&](const changeset::Change& change, changeset::Position) { really.copy(change); });
  out.close();
  const Shapes shapes(target_.session(), work_.catalog);
  Strangers strangers(target_, work_.catalog, shapes, work_.looked_at);
  RunWindow window = work_.window;
  for (const auto& [table, counts] : work_.touched) window.inserted[table] = counts.inserted;
  note_session(target_.session(), window);
  const auto elsewhere = [&](const std::string& sequence, const std::vector<std::string>& values) {
    if (values.empty()) return std::set<std::string>();
    return sequence.empty() ? strangers.uuids(values) : strangers.numbers(sequence, values);
  };
  return compare({.planned = expected_.planned,
                  .rehearsal = expected_.rehearsal,
                  .actual = did,
                  .production = window,
                  .shapes = shapes,
                  .tables = suspects_,
                  .elsewhere = elsewhere,
                  .directory = work_.directory});
}

}  // namespace apply
