#include "guard/mints.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "guard/count.h"

namespace guard {

namespace {

using contract::IdRange;
using contract::Population;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

// Fewer draws than this ahead are near, and so is a tenth of all that were made.
constexpr std::int64_t near_draws = 100'000;
// Rolled-back transactions and deleted rows explain numbers without rows, up to a point.
constexpr std::int64_t excused_draws = 10'000;
constexpr std::int64_t excused_per_row = 10;

std::int64_t clamped(long double number) {
  if (number >= static_cast<long double>(highest)) return highest;
  return number <= static_cast<long double>(lowest) ? lowest : static_cast<std::int64_t>(number);
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
    const bool down = (facts_.increment < 0) != facts_.negated;
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
    if (!facts_.population || !facts_.counted) return;
    const std::int64_t draws = facts_.draws();
    if (draws <= excused_draws || draws / excused_per_row <= facts_.minted.rows) return;
    report("sequence-far-ahead", Severity::error, facts_.minted.rows,
           fmt::format(
               "the next value of {} is {}, and it minted {} of {}: somebody set it, most likely from a row that it "
               "never minted",
               facts_.name, shown(facts_.next), rows_of(facts_.minted), facts_.population->name),
           fmt::format(
               "find the setval or RESTART that reads rows (`pgrehearse lint`) and take it out; then write the gap off "
               "with ALTER SEQUENCE {} START WITH {}, which moves nothing, or set it back where no id ahead is taken",
               facts_.quoted, facts_.next));
  }

  const MintFacts& facts_;
  Findings& findings_;
  const contract::Table& declared_;
  const std::int64_t next_;
};

class MintReader {
 public:
  MintReader(const BoundTable& table, const Census& census, pg::Connection& connection, std::vector<std::string>& notes)
      : table_(table),
        census_(census),
        connection_(connection),
        notes_(notes),
        indexed_(leads_an_index(table.oid, table.id, connection)) {}

  std::optional<MintFacts> read(std::uint32_t sequence, const Population* population) {
    // The last value drawn comes from the sequence's own row: pg_sequences hides it until the first draw.
    const auto row = connection_.maybe_row(
        "select n.nspname, c.relname, s.seqstart, s.seqincrement, pg_catalog.has_sequence_privilege(c.oid, 'SELECT')"
        " from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
        {std::to_string(sequence)});
    if (!row) return std::nullopt;
    if ((*row)[4] != "t") {
      notes_.push_back(fmt::format("{}.{}, from which the default of {}.{} draws: this role may not read it",
                                   *(*row)[0], *(*row)[1], table_.qualified(), table_.id.name));
      return std::nullopt;
    }
    MintFacts facts{
        .table = &table_, .population = population, .negated = population && population->minted_by->negated};
    facts.name = fmt::format("{}.{}", *(*row)[0], *(*row)[1]);
    facts.quoted = pg::quote_qualified(*(*row)[0], *(*row)[1]);
    facts.start = std::stoll(*(*row)[2]);
    facts.increment = std::stoll(*(*row)[3]);
    const pg::Row stands = connection_.one_row("select last_value, is_called from " + facts.quoted);
    facts.next = std::stoll(*stands[0]);
    if (stands[1] == "t" && __builtin_add_overflow(facts.next, facts.increment, &facts.next))
      facts.next = std::stoll(*stands[0]);
    count_minted(facts);
    if (indexed_)
      look_ahead(facts);
    else
      notes_.push_back(fmt::format("what lies ahead of {}: no index leads with {} of {}", facts.name, table_.id.name,
                                   table_.qualified()));
    return facts;
  }

 private:
  // Several populations may share a sequence: what one of them minted is no stranger to the other.
  void count_minted(MintFacts& facts) {
    kin_.clear();
    if (!facts.population) return;
    for (const Population& population : table_.declared->populations) {
      const bool shares =
          population.minted_by && population.minted_by->sequence == facts.population->minted_by->sequence;
      if (!shares) continue;
      if (kin_.empty()) facts.counted = &population == facts.population;
      kin_ += (kin_.empty() ? "" : ", ") + connection_.quote_literal(population.name);
      const auto cells = census_.populations.find(table_.canonical(population.name));
      if (cells == census_.populations.end()) continue;
      const Cell all = sum(cells->second, census_.pieces, population.ids, true);
      facts.minted.rows += all.rows;
      facts.minted.exact &= all.exact;
    }
  }

  std::optional<Obstacle> nearest(const MintFacts& facts, const std::string& condition) const {
    const bool down = (facts.increment < 0) != facts.negated;
    const std::int64_t from = facts.id(facts.next);
    const long double reach =
        static_cast<long double>(facts.near()) * std::abs(static_cast<long double>(facts.increment));
    const std::int64_t to = clamped(static_cast<long double>(from) + (down ? -reach : reach));
    const std::string id = table_.id.quoted();
    const auto row = connection_.maybe_row(fmt::format(
        "select trunc({0})::int8, {1} from {2} where {0} between {3} and {4} and {5} order by {0} {6} limit 1", id,
        table_.population_text(), table_.quoted(), std::min(from, to), std::max(from, to), condition,
        down ? "desc" : "asc"));
    if (!row) return std::nullopt;
    return Obstacle{std::stoll(*(*row)[0]), (*row)[1].value_or("no population")};
  }

  void look_ahead(MintFacts& facts) const {
    facts.own = nearest(facts, "true");
    if (!facts.own) return;
    const std::string column = table_.population.quoted();
    if (facts.population) {
      facts.stranger = nearest(facts, fmt::format("({0} in ({1})) is not true", column, kin_));
      return;
    }
    std::string disposable;
    for (const Population& population : table_.declared->populations) {
      if (!population.disposable) continue;
      disposable += (disposable.empty() ? "" : ", ") + connection_.quote_literal(population.name);
    }
    if (!disposable.empty()) facts.stranger = nearest(facts, fmt::format("{} in ({})", column, disposable));
  }

  const BoundTable& table_;
  const Census& census_;
  pg::Connection& connection_;
  std::vector<std::string>& notes_;
  bool indexed_;
  std::string kin_;  // literals of the populations that share the sequence at hand
};

// Sequences that the id's own default or identity draws from.
std::vector<std::uint32_t> default_sequences(const BoundTable& table, pg::Connection& connection) {
  std::vector<std::uint32_t> sequences;
  for (const pg::Row& row : connection.rows(
           "select s.oid from pg_catalog.pg_class s where s.relkind = 'S' and (exists ("
           "  select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = "
           "s.oid"
           "   and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = $1 and d.refobjsubid = $2"
           "   and d.deptype = 'i')"
           " or exists (select 1 from pg_catalog.pg_attrdef f join pg_catalog.pg_depend d"
           "   on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid and d.refobjid = s.oid"
           "   and d.refclassid = 'pg_catalog.pg_class'::regclass"
           "   where f.adrelid = $1 and f.adnum = $2)) order by s.oid",
           {std::to_string(table.oid), std::to_string(table.id.number)})) {
    sequences.push_back(static_cast<std::uint32_t>(std::stoul(*row[0])));
  }
  return sequences;
}

}  // namespace

std::int64_t MintFacts::id(std::int64_t number) const {
  if (!negated) return number;
  return number == lowest ? highest : -number;
}

std::int64_t MintFacts::draws() const {
  const long double step = increment ? static_cast<long double>(increment) : 1;
  return std::max<std::int64_t>(0, clamped((static_cast<long double>(next) - static_cast<long double>(start)) / step));
}

std::int64_t MintFacts::near() const {
  return std::max(near_draws, draws() / excused_per_row);
}

void judge_mint(const MintFacts& facts, Findings& findings) {
  MintRules(facts, findings).judge();
}

std::vector<MintFacts> read_mints(const Bound& bound, const std::vector<Census>& censuses, pg::Connection& connection,
                                  std::vector<std::string>& notes) {
  std::vector<MintFacts> all;
  for (std::size_t i = 0; i < bound.tables.size(); ++i) {
    MintReader reader(bound.tables[i], censuses[i], connection, notes);
    std::vector<std::uint32_t> declared;
    for (const BoundMint& mint : bound.mints) {
      if (mint.table != i) continue;
      declared.push_back(mint.sequence);
      if (auto facts = reader.read(mint.sequence, mint.population)) all.push_back(std::move(*facts));
    }
    for (const std::uint32_t sequence : default_sequences(bound.tables[i], connection)) {
      if (std::find(declared.begin(), declared.end(), sequence) != declared.end()) continue;
      if (auto facts = reader.read(sequence, nullptr)) all.push_back(std::move(*facts));
    }
  }
  return all;
}

}  // namespace guard
