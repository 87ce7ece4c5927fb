#include "rehearse/judge.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "changeset/tuple.h"

namespace rehearse {

namespace {

// The order in which findings are read: what is lost first.
constexpr std::array rule_order = {"script-failed",
                                   "protected-deleted",
                                   "protected-cascaded",
                                   "truncate",
                                   "drop",
                                   "rewrite",
                                   "protected-upserted",
                                   "population-rewritten",
                                   "identity-rewritten",
                                   "outside-id-space",
                                   "sequence-jump",
                                   "sequence-back",
                                   "sequence-into-population",
                                   "probe-in-deleted-range",
                                   "probe-failed",
                                   "probe-outside-id-space",
                                   "over-budget",
                                   "transaction-left-open"};

constexpr std::size_t findings_limit = 1000;

changeset::Value id_in(const Subject& subject, const RowFacts& row, std::string_view tuple) {
  const BoundTable* bound = subject.contract_table(row.relation.oid);
  const auto at = bound ? subject.positions(row.relation, {bound->id}) : std::nullopt;
  return at ? changeset::value_at(tuple, at->front()) : std::nullopt;
}

std::optional<std::int64_t> number_in(const changeset::Value& value) {
  std::int64_t number = 0;
  if (!value) return std::nullopt;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  return error == std::errc() && end == value->data() + value->size() ? std::optional(number) : std::nullopt;
}

bool same_key(const changeset::Relation& relation, std::string_view before, std::string_view after) {
  return !relation.key.empty() && std::all_of(relation.key.begin(), relation.key.end(), [&](std::uint32_t column) {
    return changeset::value_at(before, column) == changeset::value_at(after, column);
  });
}

std::string listed(const std::vector<std::string>& ids, std::int64_t rows) {
  if (ids.empty()) return {};
  const bool more = rows > static_cast<std::int64_t>(ids.size());
  return fmt::format(": {}{}", fmt::join(ids, ", "), more ? ", …" : "");
}

}  // namespace

std::size_t rule_rank(const std::string& rule) {
  return static_cast<std::size_t>(std::find(rule_order.begin(), rule_order.end(), rule) - rule_order.begin());
}

Judge::Judge(const Subject& subject, const Populations& populations, StatementFacts& facts,
             const NestedStatements& nested)
    : subject_(subject),
      populations_(populations),
      facts_(facts),
      nested_(nested),
      names_(subject),
      upserts_(subject, populations, facts, nested),
      sequences_(subject, populations) {}

void Judge::add(const std::string& rule, const RowFacts& row, Populations::Id population, std::string detail) {
  Key key{rule, static_cast<int>(row.change.statement), row.relation.qualified(), populations_.name(population).name};
  // A finding each for a million statements would help nobody: later ones are found together.
  if (groups_.size() >= findings_limit && !groups_.contains(key)) std::get<1>(key) = 0;
  Group& group = groups_[key];
  if (group.rows++ == 0) group.detail = std::move(detail);
  if (group.ids.size() >= Samples::limit) return;
  const bool was_there = row.change.op != changeset::Op::insert;
  std::string id = names_.of(row.relation, was_there ? row.change.before : row.change.after);
  if (!id.empty()) group.ids.push_back(std::move(id));
}

Judge::Digest Judge::image(const RowFacts& row, std::string_view tuple) const {
  std::string bytes;
  changeset::put_varint(bytes, subject_.root(row.relation.oid));
  return hash_(bytes.append(tuple));
}

// What net effects call a deletion is not always one: the row may have got another key, or moved to another partition.
void Judge::note_moves(const RowFacts& row) {
  if (row.change.op == changeset::Op::update && populations_.name(row.before).is_protected() &&
      !same_key(row.relation, row.change.before, row.change.after)) {
    updated_away_.insert(image(row, row.change.before));
  }
  const std::uint32_t root = subject_.root(row.relation.oid);
  if (row.change.op == changeset::Op::insert && root != row.relation.oid) {
    ++arrived_[{root, row.change.statement, row.after}];
  }
}

bool Judge::lives_on(const RowFacts& row) {
  if (updated_away_.contains(image(row, row.change.before))) return true;
  const auto arrived = arrived_.find({subject_.root(row.relation.oid), row.change.statement, row.before});
  if (arrived == arrived_.end() || arrived->second == 0) return false;
  --arrived->second;
  return true;
}

void Judge::see_statement_row(const RowFacts& row) {
  const bool rewritten = upserts_.add(row);
  sequences_.see_row(row, rewritten);
  if (row.before == Populations::none && row.after == Populations::none) return;
  note_moves(row);
  if (rewritten && populations_.name(row.before).is_protected()) {
    add("protected-upserted", row, row.before,
        fmt::format("{}", fmt::join(changed_columns(row.relation, row.change.before, row.change.after), ", ")));
  }
  if (row.change.op == changeset::Op::update &&
      id_in(subject_, row, row.change.before) != id_in(subject_, row, row.change.after)) {
    add("identity-rewritten", row, row.before);
  }
}

void Judge::see_net_row(const RowFacts& row) {
  if (row.before == Populations::none && row.after == Populations::none) return;
  const changeset::Op op = row.change.op;
  if (op == changeset::Op::erase && populations_.name(row.before).is_protected() && !lives_on(row)) {
    const bool consequence = row.via != Via::statement && !subject_.contract_table(row.relation.oid);
    add(consequence ? "protected-cascaded" : "protected-deleted", row, row.before,
        row.via == Via::trigger ? "trigger" : "cascade");
  }
  if (op == changeset::Op::erase || !subject_.contract_table(row.relation.oid)) return;
  const bool updated = op == changeset::Op::update;
  if (updated && row.before != row.after) {
    add("population-rewritten", row, row.before, populations_.name(row.after).name);
  }
  const bool same_id = updated && id_in(subject_, row, row.change.before) == id_in(subject_, row, row.change.after);
  if (!same_id || row.before != row.after) check_id_space(row);
}

// A population that the contract does not declare has no id space, but it may not use another's.
void Judge::check_id_space(const RowFacts& row) {
  const PopulationName& population = populations_.name(row.after);
  const auto id = number_in(id_in(subject_, row, row.change.after));
  if (!id || (population.declared && population.declared->ids.contains(*id))) return;
  const contract::Population* other = population.table->holder(*id);
  if (!population.declared && !other) return;
  std::string where = population.declared ? fmt::format("outside of the id space of {}", population.name) : "";
  if (other) where += fmt::format("{}in that of {}", where.empty() ? "" : ", ", other->name);
  add("outside-id-space", row, row.after, std::move(where));
}

void Judge::see_recording(const Recording& recording, const pg::Catalog& before,
                          const std::vector<StatementEffect>& statements) {
  std::set<std::tuple<std::string, std::uint32_t, std::uint32_t>> seen;  // rule, statement, root
  const auto touch = [&](const std::string& rule, std::uint32_t oid, std::uint32_t statement, const char* what) {
    const std::uint32_t root = subject_.root(oid);
    const auto table = before.tables.find(root);
    if (!subject_.contract_table(oid) || table == before.tables.end()) return;
    if (!seen.emplace(rule, statement, root).second) return;
    const std::string name = table->second.qualified();
    Finding finding{.rule = rule, .statement = static_cast<int>(statement), .table = name};
    if (statement > 0 && statement <= statements.size()) {
      for (const TableEffect& effect : statements[statement - 1].effects) {
        if (effect.root == name) finding.rows += effect.counts.deleted;
      }
    }
    finding.message = fmt::format("{} is {}, and the contract covers it", name, what);
    findings_.push_back(std::move(finding));
  };
  for (const auto& [oid, statement] : recording.truncated()) touch("truncate", oid, statement, "truncated");
  for (const Note& note : recording.notes()) {
    const bool dropped = note.what == "drop";
    if (!dropped && note.what != "rewrite") continue;
    touch(note.what, static_cast<std::uint32_t>(std::stoul(note.subject)), note.statement,
          dropped ? "dropped" : "rewritten");
  }
}

std::vector<SequenceMove> Judge::see_sequences(const pg::Catalog& before,
                                               const std::map<std::uint32_t, pg::Sequence>& after,
                                               std::size_t statements_ran, bool failed) {
  sequences_.see_statements(facts_, statements_ran, nested_, failed);
  return sequences_.judge(before, after, findings_);
}

void Judge::see_probe(const ProbeRun& probe) {
  if (!probe.error.empty()) {
    findings_.push_back({.rule = "probe-failed",
                         .table = probe.name,
                         .message = fmt::format("after the script the probe “{}” fails: {}", probe.name, probe.error)});
  }
  for (const LandedRow& landed : probe.landed) {
    if (!landed.population || !landed.row || landed.population->ids.contains(landed.row->second)) continue;
    findings_.push_back({.rule = "probe-outside-id-space",
                         .table = landed.shown.table,
                         .rows = 1,
                         .message = fmt::format("the probe “{}” lands at {} = {}, outside of the id space of {} ({})",
                                                probe.name, landed.shown.table, landed.shown.id,
                                                landed.population->name, landed.population->ids.text()),
                         .ids = {landed.shown.id},
                         .population = landed.shown.population});
  }
}

void Judge::see_deleted(const ProbeRun& probe, const std::set<RowId>& deleted, bool again) {
  for (const LandedRow& landed : probe.landed) {
    if (!landed.row || !landed.is_protected() || !deleted.contains(*landed.row)) continue;
    findings_.push_back({.rule = "probe-in-deleted-range",
                         .table = landed.shown.table,
                         .rows = 1,
                         .message = fmt::format("the probe “{}” lands at {} = {} ({}), and the script{} deletes it",
                                                probe.name, landed.shown.table, landed.shown.id,
                                                landed.shown.population, again ? ", run again," : ", run after it,"),
                         .ids = {landed.shown.id},
                         .population = landed.shown.population});
  }
}

void Judge::see_failure(const Failure& failure) {
  findings_.push_back(
      {.rule = "script-failed",
       .statement = failure.statement,
       .message = fmt::format("{}:{}: {}; {}", failure.file, failure.line, failure.message, failure.left)});
}

void Judge::see_left_open(const std::string& script) {
  findings_.push_back(
      {.rule = "transaction-left-open",
       .message = fmt::format("{} ends inside a transaction, which is rolled back with all that it did", script)});
}

void Judge::see_budget(const Counts& totals) {
  const auto budget = subject_.contract().budget.rows;
  if (!budget || totals.total() <= *budget) return;
  findings_.push_back({.rule = "over-budget",
                       .rows = totals.total(),
                       .message = fmt::format("{} change, and the contract's budget is {}",
                                              base::count_of(totals.total(), "row"), base::with_commas(*budget))});
}

Finding Judge::describe(const Key& key, const Group& group) const {
  const auto& [rule, statement, table, population] = key;
  const std::string rows = base::count_of(group.rows, population + " row");
  const std::string ids = listed(group.ids, group.rows);
  const char* verb = group.rows == 1 ? "is" : "are";
  std::string message;
  if (rule == "protected-deleted") {
    message = fmt::format("{} of {} {} deleted, and {} is protected{}", rows, table, verb, population, ids);
  } else if (rule == "protected-cascaded") {
    message = fmt::format("{} of {} {} deleted by {}, and the statement never names that table{}", rows, table, verb,
                          group.detail, ids);
  } else if (rule == "protected-upserted") {
    message =
        fmt::format("{} of {} that existed {} rewritten by an upsert ({}){}", rows, table, verb, group.detail, ids);
  } else if (rule == "population-rewritten") {
    message = fmt::format("{} of {} {} made {}{}", rows, table, verb, group.detail, ids);
  } else if (rule == "identity-rewritten") {
    message = fmt::format("{} of {} {} given another id{}", rows, table, verb, ids);
  } else {
    message = fmt::format("{} of {} {} given an id {}{}", rows, table, verb, group.detail, ids);
  }
  return {.rule = rule,
          .statement = statement,
          .table = table,
          .rows = group.rows,
          .message = message,
          .ids = group.ids,
          .population = population};
}

std::vector<Finding> Judge::findings() const {
  std::vector<Finding> all = findings_;
  for (const auto& [key, group] : groups_) all.push_back(describe(key, group));
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return rule_rank(a.rule) < rule_rank(b.rule); });
  return all;
}

}  // namespace rehearse
