#include "guard/mints.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace guard {

namespace {

using contract::IdRange;
using contract::Population;

// Fewer draws than this ahead are near, and so is a tenth of all that were made.
constexpr std::int64_t near_draws = 100'000;
// Rolled-back transactions and deleted rows explain numbers without rows, up to a point.
constexpr std::int64_t excused_draws = 10'000;
constexpr std::int64_t excused_per_row = 10;
// Numbers before the next one that are looked at, and how many rows among them say that it minted them one by one.
constexpr std::int64_t recent_draws = 100;
constexpr std::int64_t dense_rows = 50;

std::int64_t clamped(long double number) {
  if (number >= static_cast<long double>(IdRange::highest)) return IdRange::highest;
  return number <= static_cast<long double>(IdRange::lowest) ? IdRange::lowest : static_cast<std::int64_t>(number);
}

std::string shown(std::int64_t number) {
  return base::with_commas(number);
}

class MintRules {
 public:
  MintRules(const MintFacts& facts, Findings& findings)
      : facts_(facts), findings_(findings), declared_(*facts.table->declared), next_(facts.id(facts.next)) {}

  void judge() {
    if (!judge_next()) judge_way();
    judge_distance();
  }

 private:
  void report(const char* rule, Severity severity, std::int64_t rows, std::string message, std::string advice) {
    findings_.push_back({rule, severity, facts_.name, rows, std::move(message), std::move(advice)});
  }

  std::string whose() const {
    return facts_.population ? fmt::format("for {}", facts_.population->name)
                             : fmt::format("by the default of {}.{}", facts_.table->qualified(), facts_.table->id.name);
  }

  // A sequence that nobody declares may go where real ids are; in a disposable population's space it may not.
  bool foreign(const Population* holder, std::int64_t id) const {
    if (!facts_.population) return holder && holder->disposable;
    if (!facts_.population->ids.contains(id)) return true;
    return holder && !shares(*holder);
  }

  // By declaration, or because a population without an id space may be anywhere among real ones.
  bool shares(const Population& holder) const {
    const auto names = [](const Population& one, const Population& other) {
      return std::find(one.overlaps.begin(), one.overlaps.end(), other.name) != one.overlaps.end();
    };
    if (names(holder, *facts_.population) || names(*facts_.population, holder)) return true;
    return facts_.population->ids.ranges.empty() && !holder.disposable;
  }

  const Population* other_holder(std::int64_t id) const {
    for (const Population& population : declared_.populations) {
      if (&population != facts_.population && !population.ids.ranges.empty() && population.ids.contains(id))
        return &population;
    }
    return nullptr;
  }

  bool judge_next() {
    const Population* holder = other_holder(next_);
    if (!foreign(holder, next_)) return false;
    const std::string where = holder ? fmt::format("in the id space of {} ({})", holder->name, holder->ids.text())
                                     : fmt::format("outside of {}", facts_.population->ids.text());
    report(
        "sequence-into-population", Severity::error, 0,
        fmt::format("the next id that {} mints {} is {}, which lies {}: the next real row is born as somebody else's",
                    facts_.name, whose(), next_, where),
        "stop what writes to it, find out who moved it, and set it back to where its own ids end");
    return true;
  }

  // Draws from here to `id`.
  std::int64_t draws_to(std::int64_t id) const {
    const long double step = facts_.increment ? static_cast<long double>(facts_.increment) : 1;
    const long double ahead = static_cast<long double>(id) - static_cast<long double>(next_);
    return clamped((facts_.negated ? -ahead : ahead) / step);
  }

  std::string away(std::int64_t id) const {
    const std::int64_t draws = draws_to(id);
    return draws == 0 ? "at the very next draw" : "after " + base::count_of(draws, "more draw");
  }

  void judge_way() {
    if (facts_.stranger) {
      report(
          "sequence-near-population", Severity::error, 0,
          fmt::format("{} mints {} {} next, and id {} is a row of {}: {} a new row meets it, and code that heals the "
                      "conflict carries the sequence off",
                      facts_.name, next_, whose(), facts_.stranger->id, base::one_line(facts_.stranger->population, 60),
                      away(facts_.stranger->id)),
          "remove that row by its population, never by a range; never set a sequence from rows");
      return;
    }
    if (facts_.own) {
      report("sequence-behind-rows", Severity::warning, 0,
             fmt::format("{} mints {} {} next, and id {} exists already: {} an INSERT fails", facts_.name, next_,
                         whose(), facts_.own->id, away(facts_.own->id)),
             "find out what wrote that id without drawing it, and move the sequence beyond it once, by hand");
      return;
    }
    judge_border();
  }

  // The nearest id ahead that is none of its own.
  void judge_border() {
    const bool down = facts_.downwards();
    for (const IdRange& piece : cut_ids(declared_)) {
      const std::int64_t border = down ? piece.high : piece.low;
      const std::int64_t draws = draws_to(border);
      if (draws <= 0 || draws > facts_.near() || !foreign(other_holder(border), border)) continue;
      const Population* holder = other_holder(border);
      report("sequence-near-population", Severity::warning, 0,
             fmt::format("{} is {} away from {}, which is {}", facts_.name, base::count_of(draws, "draw"), border,
                         holder ? "where the id space of " + holder->name + " begins" : "the end of its id space"),
             "give it a MAXVALUE or MINVALUE at the end of its id space, NO CYCLE, so that it fails loudly there; "
             "widen the "
             "space if there is room");
      return;
    }
  }

  void judge_distance() {
    if (!facts_.far_ahead()) return;
    const std::string stands = fmt::format("the next value of {} is {}, and {} of {} came of it", facts_.name,
                                           shown(facts_.next), rows_of(facts_.minted), facts_.population->name);
    const std::string write_off = fmt::format(
        "write the gap off with ALTER SEQUENCE {} START WITH {}, which moves nothing", facts_.quoted, facts_.next);
    if (facts_.dense()) {
      report("sequence-far-ahead", Severity::warning, facts_.minted.rows,
             fmt::format("{}; {} of them lie right before it, so that it has been minting there: most likely the rows "
                         "of the gap were deleted, or somebody set it long ago",
                         stands, base::count_of(facts_.recent, "row")),
             write_off + "; nobody may get an id of the gap again, whoever had it");
      return;
    }
    report("sequence-far-ahead", Severity::error, facts_.minted.rows,
           fmt::format("{}: somebody set it, most likely from a row that it never minted, or the rows that it minted "
                       "were deleted since",
                       stands),
           fmt::format("find out which: `pgrehearse lint` finds a setval or RESTART that reads rows; take it out. Then "
                       "{}; set it back only where no id of the gap was ever given to anybody",
                       write_off));
  }

  const MintFacts& facts_;
  Findings& findings_;
  const contract::Table& declared_;
  const std::int64_t next_;
};

}  // namespace

std::int64_t MintFacts::id(std::int64_t number) const {
  if (!negated) return number;
  return number == IdRange::lowest ? IdRange::highest : -number;
}

std::int64_t MintFacts::draws() const {
  const long double step = increment ? static_cast<long double>(increment) : 1;
  return std::max<std::int64_t>(0, clamped((static_cast<long double>(next) - static_cast<long double>(start)) / step));
}

bool MintFacts::far_ahead() const {
  return population && counted && draws() > excused_draws && draws() / excused_per_row > minted.rows;
}

std::int64_t MintFacts::near() const {
  return std::max(near_draws, draws() / excused_per_row);
}

bool MintFacts::downwards() const {
  return (increment < 0) != negated;
}

IdRange MintFacts::ahead() const {
  const std::int64_t from = id(next);
  const long double reach = static_cast<long double>(near()) * std::abs(static_cast<long double>(increment));
  const std::int64_t to = clamped(static_cast<long double>(from) + (downwards() ? -reach : reach));
  return {std::min(from, to), std::max(from, to)};
}

IdRange MintFacts::behind() const {
  const long double step = increment ? static_cast<long double>(increment) : 1;
  const std::int64_t one = id(clamped(static_cast<long double>(next) - step));
  const std::int64_t other = id(clamped(static_cast<long double>(next) - step * recent_draws));
  return {std::min(one, other), std::max(one, other)};
}

bool MintFacts::dense() const {
  return recent >= dense_rows;
}

void judge_mint(const MintFacts& facts, Findings& findings) {
  MintRules(facts, findings).judge();
}

}  // namespace guard
