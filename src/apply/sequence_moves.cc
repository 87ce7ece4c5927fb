#include "apply/sequence_moves.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace apply {

namespace {

constexpr std::int64_t most_draws = 1'000'000;  // about a second

class Mover {
 public:
  Mover(pg::Connection& session, const pg::Sequence& sequence, std::int64_t next, DrawnTo& drawn)
      : session_(session), sequence_(sequence), next_(next), oid_(std::to_string(sequence.oid)), drawn_(drawn) {}

  // Until the next number is the wanted one or beyond it.
  void move() {
    for (auto left = draws_left(last()); left > 0;) {
      if (left > most_draws) return restart();
      left = draws_left(draw(left));
    }
  }

 private:
  std::optional<std::int64_t> last() {
    const pg::OptionalText value =
        session_.one_value("SELECT pg_catalog.pg_sequence_last_value($1::pg_catalog.oid)", {oid_});
    return value ? std::optional(std::stoll(*value)) : std::nullopt;
  }

  std::int64_t draws_left(std::optional<std::int64_t> last) const {
    if (!last) return 1;  // never drawn from since it was set: where it begins, the first draw says
    std::int64_t way = 0;
    if (__builtin_sub_overflow(next_, *last, &way)) {
      way = std::numeric_limits<std::int64_t>::max() * (next_ > *last ? 1 : -1);
    }
    const std::int64_t steps = way / sequence_.increment + (way % sequence_.increment != 0);
    return (way > 0) == (sequence_.increment > 0) ? std::clamp<std::int64_t>(steps - 1, 0, most_draws + 1) : 0;
  }

  std::int64_t draw(std::int64_t times) {
    const std::int64_t number = std::stoll(*session_.one_value(
        fmt::format("SELECT pg_catalog.{}(n) FROM (SELECT pg_catalog.nextval($1::pg_catalog.oid::pg_catalog.regclass)"
                    " AS n FROM pg_catalog.generate_series(1, $2::pg_catalog.int8)) AS drawn",
                    sequence_.increment > 0 ? "max" : "min"),
        {oid_, std::to_string(times)}));
    drawn_[sequence_.qualified()] = number;
    return number;
  }

  // The first statement changes nothing, and holds the lock under which the second one does not overtake anybody.
  void restart() {
    const std::string name = pg::quote_qualified(sequence_.schema, sequence_.name);
    session_.none(fmt::format("ALTER SEQUENCE {} INCREMENT BY {}", name, sequence_.increment));
    if (draws_left(last().value_or(next_)) > 0)
      session_.none(fmt::format("ALTER SEQUENCE {} RESTART WITH {}", name, next_));
  }

  pg::Connection& session_;
  const pg::Sequence& sequence_;
  std::int64_t next_;
  std::string oid_;
  DrawnTo& drawn_;
};

}  // namespace

void move_sequences(pg::Connection& session, const rehearse::Plan& plan, const pg::Catalog& catalog, DrawnTo& drawn) {
  for (const rehearse::SequenceMove& move : plan.sequences) {
    for (const auto& [oid, sequence] : catalog.sequences) {
      if (sequence.qualified() == move.name) Mover(session, sequence, move.next, drawn).move();
    }
  }
}

}  // namespace apply
