// Sequences, and the rows ahead of them, out of a live database.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "guard/count.h"
#include "guard/mints.h"

namespace guard {

namespace {

using contract::Population;

class MintReader {
 public:
  MintReader(const Bound& bound, const std::vector<Census>& censuses, pg::Connection& connection,
             std::vector<std::string>& notes)
      : bound_(bound), censuses_(censuses), connection_(connection), notes_(notes) {}

  std::vector<MintFacts> read() {
    for (std::size_t i = 0; i < bound_.tables.size(); ++i) {
      const BoundTable& table = bound_.tables[i];
      indexed_ = leads_an_index(table.oid, table.id, connection_);
      std::vector<std::uint32_t> declared;
      for (const BoundMint& mint : bound_.mints) {
        if (mint.table != i) continue;
        declared.push_back(mint.sequence);
        read_declared(mint);
      }
      for (const std::uint32_t sequence : default_sequences(table)) {
        if (std::find(declared.begin(), declared.end(), sequence) == declared.end()) read_default(table, sequence);
      }
    }
    return std::move(all_);
  }

 private:
  // Where it stands; false where the role may not read it.
  bool read_sequence(std::uint32_t sequence, MintFacts& facts) {
    const pg::Row row = connection_.one_row(
        "select n.nspname, c.relname, s.seqstart, s.seqincrement, pg_catalog.has_sequence_privilege(c.oid, 'SELECT')"
        " from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
        {std::to_string(sequence)});
    facts.name = fmt::format("{}.{}", *row[0], *row[1]);
    facts.quoted = pg::quote_qualified(*row[0], *row[1]);
    facts.start = std::stoll(*row[2]);
    facts.increment = std::stoll(*row[3]);
    if (row[4] != "t") {
      notes_.push_back(fmt::format("{}, from which the default of {}.{} draws: this role may not read it", facts.name,
                                   facts.table->qualified(), facts.table->id.name));
      return false;
    }
    // Its own row tells more than pg_sequences, which hides where it stands until the first draw.
    const pg::Row stands = connection_.one_row("select last_value, is_called from " + facts.quoted);
    facts.next = std::stoll(*stands[0]);
    if (stands[1] == "t" && __builtin_add_overflow(facts.next, facts.increment, &facts.next))
      facts.next = std::stoll(*stands[0]);
    return true;
  }

  void read_declared(const BoundMint& mint) {
    const BoundTable& table = bound_.tables[mint.table];
    MintFacts facts{.table = &table, .population = mint.population, .negated = mint.population->minted_by->negated};
    if (!read_sequence(mint.sequence, facts)) return;
    const std::string kin = count_minted(mint, facts);
    look_ahead(facts, fmt::format("({} in ({})) is not true", table.population.quoted(), kin));
    if (indexed_ && facts.far_ahead()) {
      const contract::IdRange behind = facts.behind();
      facts.recent = std::stoll(*connection_.one_value(
          fmt::format("select count(*) from {} where {} between {} and {} and {} in ({})", table.quoted(),
                      table.id.quoted(), behind.low, behind.high, table.population.quoted(), kin)));
    }
    all_.push_back(std::move(facts));
  }

  void read_default(const BoundTable& table, std::uint32_t sequence) {
    MintFacts facts{.table = &table};
    if (!read_sequence(sequence, facts)) return;
    std::vector<std::string> disposable;
    for (const Population& population : table.declared->populations) {
      if (population.disposable) disposable.push_back(connection_.quote_literal(population.name));
    }
    look_ahead(facts, disposable.empty()
                          ? ""
                          : fmt::format("{} in ({})", table.population.quoted(), fmt::join(disposable, ", ")));
    all_.push_back(std::move(facts));
  }

  // Several populations may share a sequence: its rows are those of all of them, counted with the first. Returns their
  // names in this table, as literals.
  std::string count_minted(const BoundMint& mine, MintFacts& facts) const {
    std::string kin;
    for (const BoundMint& mint : bound_.mints) {
      if (mint.sequence != mine.sequence) continue;
      if (&mint < &mine) facts.counted = false;
      if (mint.table == mine.table) kin += (kin.empty() ? "" : ", ") + connection_.quote_literal(mint.population->name);
      const Census& census = censuses_[mint.table];
      const auto cells = census.populations.find(bound_.tables[mint.table].canonical(mint.population->name));
      if (cells == census.populations.end()) continue;
      const Cell all = sum(cells->second, census.pieces, mint.population->ids, true);
      facts.minted.rows += all.rows;
      facts.minted.exact &= all.exact;
    }
    return kin;
  }

  std::optional<Obstacle> nearest(const MintFacts& facts, const std::string& condition) const {
    const BoundTable& table = *facts.table;
    const contract::IdRange ahead = facts.ahead();
    const auto row = connection_.maybe_row(
        fmt::format("select {}, {} from {} where {} between {} and {} and {} order by {} {} limit 1", table.id_number(),
                    table.population_text(), table.quoted(), table.id.quoted(), ahead.low, ahead.high, condition,
                    table.id.quoted(), facts.downwards() ? "desc" : "asc"));
    if (!row) return std::nullopt;
    return Obstacle{std::stoll(*(*row)[0]), (*row)[1].value_or("no population")};
  }

  // `strange` is what SQL says of rows that it should not meet; empty: of none.
  void look_ahead(MintFacts& facts, const std::string& strange) {
    if (!indexed_) {
      notes_.push_back(fmt::format("what lies ahead of {}: no index leads with {} of {}", facts.name,
                                   facts.table->id.name, facts.table->qualified()));
      return;
    }
    facts.own = nearest(facts, "true");
    if (facts.own && !strange.empty()) facts.stranger = nearest(facts, strange);
  }

  // Sequences that the id's own default or identity draws from.
  std::vector<std::uint32_t> default_sequences(const BoundTable& table) const {
    std::vector<std::uint32_t> sequences;
    for (const pg::Row& row : connection_.rows(
             "select s.oid from pg_catalog.pg_class s where s.relkind = 'S' and (exists ("
             "  select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass"
             "   and d.objid = s.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = $1"
             "   and d.refobjsubid = $2 and d.deptype = 'i')"
             " or exists (select 1 from pg_catalog.pg_attrdef f join pg_catalog.pg_depend d"
             "   on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = f.oid and d.refobjid = s.oid"
             "   and d.refclassid = 'pg_catalog.pg_class'::regclass where f.adrelid = $1 and f.adnum = $2))"
             " order by s.oid",
             {std::to_string(table.oid), std::to_string(table.id.number)})) {
      sequences.push_back(static_cast<std::uint32_t>(std::stoul(*row[0])));
    }
    return sequences;
  }

  const Bound& bound_;
  const std::vector<Census>& censuses_;
  pg::Connection& connection_;
  std::vector<std::string>& notes_;
  std::vector<MintFacts> all_;
  bool indexed_ = false;  // an index leads with the id of the table at hand
};

}  // namespace

std::vector<MintFacts> read_mints(const Bound& bound, const std::vector<Census>& censuses, pg::Connection& connection,
                                  std::vector<std::string>& notes) {
  return MintReader(bound, censuses, connection, notes).read();
}

}  // namespace guard
