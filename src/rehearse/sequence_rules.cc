#include "rehearse/sequence_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace rehearse {

namespace {

constexpr std::size_t affordable_statements = 20'000;

// As long double: a sequence may go from one end of int64 to the other, and only far jumps lose digits.
std::int64_t draws_between(const pg::Sequence& before, const pg::Sequence& after) {
  const long double distance = static_cast<long double>(after.next()) - static_cast<long double>(before.next());
  const long double draws = distance / static_cast<long double>(after.increment ? after.increment : 1);
  return static_cast<std::int64_t>(std::clamp<long double>(draws, -1e18L, 1e18L));
}

}  // namespace

std::int64_t minted_id(const BoundMint& mint, const pg::Sequence& sequence) {
  const std::int64_t number = sequence.next();
  if (!mint.population->minted_by->negated) return number;
  return number == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -number;
}

std::optional<Finding> misplaced(const BoundMint& mint, const pg::Sequence& sequence) {
  const std::int64_t next = minted_id(mint, sequence);
  if (mint.population->ids.contains(next)) return std::nullopt;
  const contract::Population* other = mint.table->holder(next);
  const std::string where = other ? "in the id space of " + other->name : "outside of its id space";
  return Finding{.rule = "sequence-into-population",
                 .table = sequence.qualified(),
                 .message = fmt::format("the next id that {} mints for {} is {}, which lies {}", sequence.qualified(),
                                        mint.population->name, next, where)};
}

void SequenceRules::see_row(const RowFacts& row, bool rewritten) {
  if (row.change.op != changeset::Op::insert && !rewritten) return;
  ++drawn_[{subject_.root(row.relation.oid), row.after}];
  ++all_drawn_;
}

void SequenceRules::take(const sql::Facts& facts) {
  set_ |= facts.sets_sequence();
  set_unnamed_ |= facts.sets_unnamed_sequence;
  set_named_.insert(set_named_.end(), facts.set_sequences.begin(), facts.set_sequences.end());
  burned_ |= facts.kind == sql::Kind::rollback;
  burned_ |= std::any_of(facts.writes.begin(), facts.writes.end(), [](const sql::Write& write) {
    return write.skips_conflicts || (write.upsert && write.kind == sql::Kind::insert);
  });
}

void SequenceRules::see_statements(StatementFacts& facts, std::size_t ran, const NestedStatements& nested,
                                   bool failed) {
  bool all_told = ran <= affordable_statements;
  for (std::uint32_t number = 1; number <= std::min(ran, affordable_statements); ++number) {
    const sql::Facts& statement = facts.of(number);
    take(statement);
    all_told &= statement.parsed;
  }
  take(nested.facts());
  // What stands in scripts has come already, with its names.
  const bool untold = nested.set_outside() && !all_told;
  set_ |= untold;
  set_unnamed_ |= untold;
  burned_ |= failed;
}

bool SequenceRules::may_be_set(const pg::Sequence& sequence) const {
  return set_unnamed_ || std::any_of(set_named_.begin(), set_named_.end(), [&](const sql::TableName& set) {
           return set.name == sequence.name && (set.schema.empty() || set.schema == sequence.schema);
         });
}

// Rows that account for numbers drawn. A minted population's are counted alone: others in its table draw from
// elsewhere.
std::int64_t SequenceRules::rows_drawn(const pg::Sequence& sequence) const {
  const bool mints = std::any_of(subject_.mints().begin(), subject_.mints().end(),
                                 [&](const BoundMint& mint) { return mint.sequence == sequence.oid; });
  std::int64_t rows = 0;
  for (const auto& [key, count] : drawn_) {
    const auto& [root, population] = key;
    const bool fed = sequence.owner_table && root == subject_.root(sequence.owner_table);
    const bool by_mint = std::any_of(subject_.mints().begin(), subject_.mints().end(), [&](const BoundMint& mint) {
      const BoundTable* bound = subject_.contract_table(root);
      return mint.sequence == sequence.oid && bound && bound->declared == mint.table &&
             population != Populations::none && populations_.name(population).declared == mint.population;
    });
    if (fed || by_mint) rows += count;
  }
  // Nobody says what it feeds, or several tables share it: if it was not set, any row may have drawn from it.
  if (!mints && !may_be_set(sequence)) return all_drawn_;
  return rows;
}

std::vector<SequenceMove> SequenceRules::judge(const pg::Catalog& before,
                                               const std::map<std::uint32_t, pg::Sequence>& after,
                                               std::vector<Finding>& findings) const {
  std::vector<SequenceMove> moves;
  const auto last = [](const pg::Sequence& sequence) {
    return sequence.is_called ? std::optional(sequence.last_value) : std::nullopt;
  };
  for (const auto& [oid, now] : after) {
    const auto then = before.sequences.find(oid);
    if (then == before.sequences.end()) {
      if (now.is_called) moves.push_back({.name = now.qualified(), .after = now.last_value, .next = now.next()});
      continue;
    }
    const pg::Sequence& was = then->second;
    if (was.last_value == now.last_value && was.is_called == now.is_called) continue;
    moves.push_back({.name = now.qualified(),
                     .before = last(was),
                     .after = last(now),
                     .next = now.next(),
                     .rows = rows_drawn(now)});
    note_draws(was, now, moves.back());
    check_move(was, now, moves.back(), findings);
    check_space(was, now, findings);
  }
  return moves;
}

void SequenceRules::note_draws(const pg::Sequence& before, const pg::Sequence& after, SequenceMove& move) const {
  const std::int64_t draws = draws_between(before, after);
  // One that may have been set, and moved by no more than its rows account for, was drawn from all the same.
  move.set = draws <= 0 || !after.is_called || (draws > move.rows && may_be_set(after));
  if (move.set) return;
  move.first = before.next();
  move.last = after.last_value;
}

void SequenceRules::check_move(const pg::Sequence& before, const pg::Sequence& after, const SequenceMove& move,
                               std::vector<Finding>& findings) const {
  const std::int64_t draws = draws_between(before, after);
  if (draws < 0) {
    findings.push_back({.rule = "sequence-back",
                        .table = move.name,
                        .message = fmt::format(
                            "sequence {} moves back, from {} to {}: numbers that it gave out will be given out again",
                            move.name, before.next(), after.next())});
    return;
  }
  // A session takes `cache` numbers at once and may leave all but one.
  if (draws <= move.rows + after.cache - 1 || (burned_ && !may_be_set(after))) return;
  const std::string explained =
      move.rows == 0 ? "no row that was inserted explains it"
                     : fmt::format("only {} would explain it", base::count_of(move.rows, "inserted row"));
  findings.push_back({.rule = "sequence-jump",
                      .table = move.name,
                      .rows = move.rows,
                      .message = fmt::format("sequence {} moves by {}, and {}: its next value is {}", move.name,
                                             base::with_commas(draws), explained, after.next())});
}

void SequenceRules::check_space(const pg::Sequence& before, const pg::Sequence& after,
                                std::vector<Finding>& findings) const {
  for (const BoundMint& mint : subject_.mints()) {
    if (mint.sequence != after.oid) continue;
    if (misplaced(mint, before)) continue;
    if (auto finding = misplaced(mint, after)) findings.push_back(std::move(*finding));
  }
}

}  // namespace rehearse
