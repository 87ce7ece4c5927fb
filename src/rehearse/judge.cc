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

std::size_t order_of(const std::string& rule) {
  return static_cast<std::size_t>(std::find(rule_order.begin(), rule_order.end(), rule) - rule_order.begin());
}

std::optional<std::int64_t> as_id(const changeset::Value& value) {
  std::int64_t id = 0;
  if (!value) return std::nullopt;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), id);
  return error == std::errc() && end == value->data() + value->size() ? std::optional(id) : std::nullopt;
}

std::optional<std::int64_t> id_in(const Subject& subject, const RowFacts& row, std::string_view tuple) {
  const BoundTable* bound = subject.contract_table(row.relation.oid);
  const auto at = bound ? subject.positions(row.relation, {bound->id}) : std::nullopt;
  return at ? as_id(changeset::value_at(tuple, at->front())) : std::nullopt;
}

const contract::Population* holder(const contract::Table& table, std::int64_t id) {
  for (const contract::Population& population : table.populations) {
    if (!population.ids.ranges.empty() && population.ids.contains(id)) return &population;
  }
  return nullptr;
}

std::string listed(const std::vector<std::string>& ids, std::int64_t rows) {
  if (ids.empty()) return {};
  const bool more = rows > static_cast<std::int64_t>(ids.size());
  return fmt::format(": {}{}", fmt::join(ids, ", "), more ? ", …" : "");
}

}  // namespace

Judge::Judge(const Subject& subject, const Populations& populations, StatementFacts& facts, const NestedUpserts& nested)
    : subject_(subject),
      populations_(populations),
      facts_(facts),
      names_(subject),
      upserts_(subject, populations, facts, nested) {}

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

void Judge::see_statement_row(const RowFacts& row) {
  const bool rewritten = upserts_.add(row);
  if (row.change.op == changeset::Op::insert || rewritten) ++drawn_[subject_.root(row.relation.oid)];
  if (rewritten && row.before != Populations::none && populations_.name(row.before).is_protected()) {
    add("protected-upserted", row, row.before,
        fmt::format("{}", fmt::join(changed_columns(row.relation, row.change.before, row.change.after), ", ")));
  }
  if (row.change.op == changeset::Op::update && subject_.contract_table(row.relation.oid)) {
    const auto before = id_in(subject_, row, row.change.before);
    const auto after = id_in(subject_, row, row.change.after);
    if (before != after) add("identity-rewritten", row, row.before);
  }
}

void Judge::see_net_row(const RowFacts& row) {
  if (row.change.op == changeset::Op::erase && row.before != Populations::none &&
      populations_.name(row.before).is_protected()) {
    const bool consequence = row.via != Via::statement && !subject_.contract_table(row.relation.oid);
    add(consequence ? "protected-cascaded" : "protected-deleted", row, row.before,
        row.via == Via::trigger ? "trigger" : "cascade");
  }
  if (!subject_.contract_table(row.relation.oid)) return;
  if (row.change.op == changeset::Op::update && row.before != row.after) {
    add("population-rewritten", row, row.before, populations_.name(row.after).name);
  }
  if (row.change.op == changeset::Op::insert || (row.change.op == changeset::Op::update && row.before != row.after)) {
    check_id_space(row);
  }
}

void Judge::check_id_space(const RowFacts& row) {
  const PopulationName& population = populations_.name(row.after);
  const auto id = id_in(subject_, row, row.change.after);
  if (!id || !population.declared || population.declared->ids.contains(*id)) return;
  const contract::Population* other = holder(*population.table, *id);
  add("outside-id-space", row, row.after, other ? other->name : "");
}

void Judge::see_recording(const Recording& recording, const pg::Catalog& before) {
  const auto touch = [&](const std::string& rule, std::uint32_t oid, std::uint32_t statement, const char* what) {
    const BoundTable* bound = subject_.contract_table(oid);
    const auto table = before.tables.find(oid);
    if (!bound || table == before.tables.end()) return;
    findings_.push_back(
        {.rule = rule,
         .statement = static_cast<int>(statement),
         .table = table->second.qualified(),
         .message = fmt::format("{} is {}, and the contract covers it", table->second.qualified(), what)});
  };
  for (const auto& [oid, statement] : recording.truncated()) touch("truncate", oid, statement, "truncated");
  for (const Note& note : recording.notes()) {
    const bool dropped = note.what == "drop";
    if (!dropped && note.what != "rewrite") continue;
    touch(note.what, static_cast<std::uint32_t>(std::stoul(note.subject)), note.statement,
          dropped ? "dropped" : "rewritten");
  }
}

// Rows that account for numbers drawn from a sequence: of the tables that it feeds, or of all where nobody says which.
std::int64_t Judge::rows_drawn(const pg::Sequence& sequence) const {
  std::vector<std::uint32_t> fed;
  if (sequence.owner_table) fed.push_back(subject_.root(sequence.owner_table));
  for (const BoundMint& mint : subject_.mints()) {
    if (mint.sequence != sequence.oid) continue;
    for (const auto& [root, rows] : drawn_) {
      const BoundTable* bound = subject_.contract_table(root);
      if (bound && bound->declared == mint.table) fed.push_back(root);
    }
  }
  std::sort(fed.begin(), fed.end());
  fed.erase(std::unique(fed.begin(), fed.end()), fed.end());
  std::int64_t rows = 0;
  for (const auto& [root, count] : drawn_) {
    if (fed.empty() || std::binary_search(fed.begin(), fed.end(), root)) rows += count;
  }
  return rows;
}

// ON CONFLICT DO NOTHING draws numbers for rows that nobody sees.
bool Judge::skips_conflicts(const std::vector<RanStatement>& statements) {
  constexpr std::size_t affordable = 20'000;
  for (std::uint32_t number = 1; number <= std::min(statements.size(), affordable); ++number) {
    const auto& writes = facts_.of(number).writes;
    if (std::any_of(writes.begin(), writes.end(), [](const sql::Write& write) { return write.skips_conflicts; }))
      return true;
  }
  return false;
}

std::vector<SequenceMove> Judge::see_sequences(const pg::Catalog& before,
                                               const std::map<std::uint32_t, pg::Sequence>& after,
                                               const std::vector<RanStatement>& statements) {
  std::vector<SequenceMove> moves;
  const auto last = [](const pg::Sequence& sequence) {
    return sequence.is_called ? std::optional(sequence.last_value) : std::nullopt;
  };
  for (const auto& [oid, now] : after) {
    const auto then = before.sequences.find(oid);
    if (then == before.sequences.end()) {
      if (now.is_called) moves.push_back({.name = now.qualified(), .after = now.last_value});
      continue;
    }
    const pg::Sequence& was = then->second;
    if (was.last_value == now.last_value && was.is_called == now.is_called) continue;
    SequenceMove move{.name = now.qualified(), .before = last(was), .after = last(now), .rows = rows_drawn(now)};
    check_move(was, now, move, skips_conflicts(statements));
    check_space(was, now, move);
    moves.push_back(std::move(move));
  }
  return moves;
}

void Judge::check_move(const pg::Sequence& before, const pg::Sequence& after, SequenceMove& move,
                       bool conflicts_skipped) {
  // As long double: a sequence may go from one end of int64 to the other, and only far jumps lose digits.
  const long double steps =
      (static_cast<long double>(after.next()) - before.next()) / (after.increment ? after.increment : 1);
  const auto draws = static_cast<std::int64_t>(std::clamp<long double>(steps, INT64_MIN, INT64_MAX));
  if (draws < 0) {
    findings_.push_back(
        {.rule = "sequence-back",
         .table = move.name,
         .message =
             fmt::format("sequence {} moves back, from {} to {}: numbers that it gave out once will be given out again",
                         move.name, before.next(), after.next())});
  } else if (draws > move.rows && !conflicts_skipped) {
    findings_.push_back({.rule = "sequence-jump",
                         .table = move.name,
                         .rows = move.rows,
                         .message = fmt::format(
                             "sequence {} moves by {}, but only {} would explain it: its next value is {}", move.name,
                             base::with_commas(draws), base::count_of(move.rows, "inserted row"), after.next())});
  }
}

void Judge::check_space(const pg::Sequence& before, const pg::Sequence& after, const SequenceMove& move) {
  for (const BoundMint& mint : subject_.mints()) {
    if (mint.sequence != after.oid) continue;
    const auto id = [&](const pg::Sequence& sequence) {
      return mint.population->minted_by->negated ? -sequence.next() : sequence.next();
    };
    if (mint.population->ids.contains(id(after)) || !mint.population->ids.contains(id(before))) continue;
    const contract::Population* other = holder(*mint.table, id(after));
    findings_.push_back({.rule = "sequence-into-population",
                         .table = move.name,
                         .message = fmt::format(
                             "the next id that {} mints for {} is {}, which lies {}", move.name, mint.population->name,
                             id(after), other ? "in the id space of " + other->name : "outside of its id space")});
  }
}

void Judge::see_probe(const ProbeResult& probe, const std::vector<std::int64_t>& deleted_when_run_again) {
  if (!probe.error.empty()) {
    findings_.push_back({.rule = "probe-failed",
                         .table = probe.name,
                         .message = fmt::format("after the script the probe “{}” fails: {}", probe.name, probe.error)});
  }
  for (const Landing& landing : probe.landed) {
    const auto id = as_id(landing.id);
    if (!id) continue;
    if (std::find(deleted_when_run_again.begin(), deleted_when_run_again.end(), *id) != deleted_when_run_again.end()) {
      findings_.push_back(
          {.rule = "probe-in-deleted-range",
           .table = landing.table,
           .rows = 1,
           .message = fmt::format("the probe “{}” lands at {} = {} ({}), and the script, run again, deletes it",
                                  probe.name, landing.table, landing.id, landing.population),
           .ids = {landing.id}});
    }
    for (const contract::Table& table : subject_.contract().tables) {
      const contract::Population* population = table.find(landing.population);
      const bool same = landing.table == table.name || landing.table.ends_with("." + table.name);
      if (!same || !population || population->ids.contains(*id)) continue;
      findings_.push_back(
          {.rule = "probe-outside-id-space",
           .table = landing.table,
           .rows = 1,
           .message = fmt::format("the probe “{}” lands at {} = {}, outside the id space of {} ({})", probe.name,
                                  landing.table, landing.id, population->name, population->ids.text()),
           .ids = {landing.id}});
    }
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
    message = fmt::format("{} of {} {} deleted by {}, and the script never names that table{}", rows, table,
                          group.rows == 1 ? "is" : "are", group.detail, ids);
  } else if (rule == "protected-upserted") {
    message =
        fmt::format("{} of {} that existed {} rewritten by an upsert ({}){}", rows, table, verb, group.detail, ids);
  } else if (rule == "population-rewritten") {
    message = fmt::format("{} of {} {} made {}{}", rows, table, verb, group.detail, ids);
  } else if (rule == "identity-rewritten") {
    message = fmt::format("{} of {} {} given another id{}", rows, table, verb, ids);
  } else {
    const std::string where = group.detail.empty() ? "" : fmt::format(", in that of {}", group.detail);
    message = fmt::format("{} of {} {} given an id outside the id space of {}{}{}", rows, table, verb, population,
                          where, ids);
  }
  return {
      .rule = rule, .statement = statement, .table = table, .rows = group.rows, .message = message, .ids = group.ids};
}

std::vector<Finding> Judge::findings() const {
  std::vector<Finding> all = findings_;
  for (const auto& [key, group] : groups_) all.push_back(describe(key, group));
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return order_of(a.rule) < order_of(b.rule); });
  return all;
}

}  // namespace rehearse
