#include "apply/sequence_draws.h"

#include <fmt/core.h>

#include <limits>

namespace apply {

namespace {

constexpr std::int64_t logged_ahead = 32;  // SEQ_LOG_VALS
// More than any server hands out of one sequence.
constexpr std::int64_t draws_in_a_millisecond = 5'000;

std::int64_t number(const std::optional<std::string_view>& text) {
  return std::stoll(std::string(text.value()));
}

// A sequence may go from one end of the numbers to the other.
std::int64_t steps(std::int64_t from, std::int64_t to, std::int64_t increment) {
  std::int64_t way = 0;
  if (__builtin_sub_overflow(to, from, &way)) {
    way = to > from ? std::numeric_limits<std::int64_t>::max() : -std::numeric_limits<std::int64_t>::max();
  }
  return way / increment;
}

}  // namespace

// Where too few are left for what is taken at once, and in the first draw after a checkpoint, as many more are logged.
bool is_counted_down(std::int64_t before, std::int64_t after, std::int64_t draws, std::int64_t cache) {
  if (draws % cache != 0) return false;
  const std::int64_t times = draws / cache;
  const auto left = [&](std::int64_t from) {
    const std::int64_t without_log = from / cache;
    if (times <= without_log) return from - times * cache;
    const std::int64_t since = (times - without_log - 1) % (logged_ahead / cache + 1);
    return logged_ahead - since * cache;
  };
  return after == left(before) || after == left(0);
}

SequenceDraws::SequenceDraws(pg::Connection& session, const rehearse::Plan& plan, const pg::Catalog& catalog)
    : began_(std::chrono::steady_clock::now()) {
  for (const rehearse::SequenceMove& move : plan.sequences) {
    if (!move.first || !move.last) continue;
    for (const auto& [oid, sequence] : catalog.sequences) {
      if (sequence.qualified() != move.name) continue;
      if (session.one_value("SELECT pg_catalog.has_sequence_privilege($1::pg_catalog.oid, 'SELECT')",
                            {std::to_string(oid)}) != "t") {
        continue;
      }
      watched_.push_back({.sequence = sequence, .planned = steps(*move.first, *move.last, sequence.increment) + 1});
    }
  }
  for (Watched& watched : watched_) {
    session.each_row(state_query(watched), {}, [&](const auto& row) { note(row, watched.before); });
  }
  if (watched_.empty()) return;
  session.each_row(touches_query(), {}, [this](const auto& row) { note_touches(row, &Watched::before); });
}

// To look at a sequence touches it: that comes last.
void SequenceDraws::look(pg::Pipeline& pipeline) {
  if (watched_.empty()) return;
  pipeline.add(touches_query(), {}, [this](const auto& row) { note_touches(row, &Watched::after); });
  for (Watched& watched : watched_) {
    pipeline.add(state_query(watched), {}, [this, &watched](const auto& row) {
      note(row, watched.after);
      ended_ = std::chrono::steady_clock::now();
    });
  }
}

std::string SequenceDraws::state_query(const Watched& watched) {
  return fmt::format(
      "SELECT s.last_value, s.log_cnt, s.is_called, (SELECT pg_catalog.abs(CASE WHEN p.seqincrement > 0 THEN p.seqmax"
      " ELSE p.seqmin END - s.last_value::pg_catalog.numeric) < {} * p.seqcache * "
      "pg_catalog.abs(p.seqincrement::pg_catalog.numeric)"
      " FROM pg_catalog.pg_sequence p WHERE p.seqrelid = {}) FROM {} s",
      2 * logged_ahead, watched.sequence.oid, pg::quote_qualified(watched.sequence.schema, watched.sequence.name));
}

std::string SequenceDraws::touches_query() const {
  std::string oids;
  for (const Watched& watched : watched_) oids += fmt::format("{}{}", oids.empty() ? "" : ",", watched.sequence.oid);
  return fmt::format(
      "SELECT oid, pg_catalog.pg_stat_get_xact_blocks_fetched(oid)"
      " FROM pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS u(oid)",
      oids);
}

void SequenceDraws::note_touches(const Rows& row, State Watched::* when) {
  for (Watched& watched : watched_) {
    if (watched.sequence.oid == static_cast<std::uint32_t>(number(row.at(0)))) {
      (watched.*when).touches = number(row.at(1));
    }
  }
}

void SequenceDraws::note(const Rows& row, State& state) {
  state.last_value = number(row.at(0));
  state.logged = number(row.at(1));
  state.is_called = row.at(2) == "t";
  state.near_end = row.at(3) == "t";
}

// No further than was rehearsed it may have been set too: back, over numbers that others had drawn.
bool SequenceDraws::was_drawn(const Watched& watched, std::int64_t draws) const {
  const std::int64_t cache = watched.sequence.cache;
  if (0 <= draws && draws <= watched.planned && watched.after.near_end) return true;
  const std::int64_t logged = watched.before.is_called ? watched.before.logged : 0;
  if (draws < 0 || !is_counted_down(logged, watched.after.logged, draws, cache)) return false;
  if (draws <= watched.planned) return true;
  const std::int64_t touches = watched.after.touches - watched.before.touches;
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(ended_ - began_).count();
  return touches <= (watched.planned + cache - 1) / cache &&
         draws - watched.planned <= draws_in_a_millisecond * took * cache;
}

std::vector<Difference> SequenceDraws::differences() const {
  std::vector<Difference> differences;
  for (const Watched& watched : watched_) {
    const auto at = [&](const State& state) {
      pg::Sequence sequence = watched.sequence;
      sequence.last_value = state.last_value;
      sequence.is_called = state.is_called;
      return sequence;
    };
    const pg::Sequence before = at(watched.before);
    const pg::Sequence after = at(watched.after);
    const std::int64_t draws = steps(before.next(), after.next(), after.increment);
    if (was_drawn(watched, draws)) continue;
    differences.push_back({.kind = DifferenceKind::sequence,
                           .table = after.qualified(),
                           .message = fmt::format(
                               "it goes on from {} to {}, {} numbers where {} were drawn when it was rehearsed, and by "
                               "the script itself: it may have been set",
                               before.last_value, after.last_value, draws, watched.planned)});
  }
  return differences;
}

}  // namespace apply
