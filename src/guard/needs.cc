#include "guard/needs.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "contract/test_ids.h"
#include "guard/census.h"
#include "guard/count.h"
#include "guard/making.h"
#include "guard/migration_names.h"
#include "guard/mints.h"
#include "guard/session.h"
#include "guard/setting_functions.h"
#include "guard/shape.h"
#include "guard/undecided.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

using contract::IdRange;
using contract::Population;

// A name that the migration has to give is somebody else's.
[[noreturn]] void refuse(const std::string& what, const std::string& rename) {
  throw base::Error(base::Code::refused, what + " exists already, and pgrehearse did not make it",
                    "nothing was written, for the migration would have to give that name and replaces nothing of "
                    "others. Rename it, then write the migration again: " +
                        rename);
}

class TableReader {
 public:
  TableReader(const Bound& bound, std::size_t index, pg::Connection& connection)
      : bound_(bound),
        index_(index),
        table_(bound.tables[index]),
        connection_(connection),
        oid_(std::to_string(table_.oid)) {
    needs_.table = &table_;
  }

  TableNeeds read() {
    needs_.column_missing = table_.population.number == 0;
    read_parts();
    if (needs_.column_missing) {
      needs_.nullable = needs_.index_missing = needs_.check_missing = true;
    } else {
      census_ = take_census(table_, connection_);
      read_shape();
      read_constraints();
      read_rows();
    }
    if (needs_.column_missing || census_.unpopulated) needs_.unpopulated = read_unpopulated(table_, connection_);
    if (needs_.backfills()) read_triggers();
    for (const Population& population : table_.declared->populations) read_sequence(population);
    return std::move(needs_);
  }

 private:
  void read_parts() {
    // pg_partition_tree() knows no plain tables.
    needs_.parts.push_back(
        {.oid = table_.oid, .schema = table_.schema, .name = table_.name, .leaf = !table_.partitioned});
    for (const pg::Row& row : connection_.rows(
             "select t.relid::oid, t.parentrelid::oid, t.isleaf, n.nspname, c.relname"
             " from pg_catalog.pg_partition_tree($1::oid::regclass) t join pg_catalog.pg_class c on c.oid = t.relid"
             " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
             " where c.relkind in ('r', 'p') and t.level > 0 order by t.level, c.relname",
             {oid_})) {
      Part part{.oid = pg::to_oid(row[0]),
                .schema = pg::to_text(row[3]),
                .name = pg::to_text(row[4]),
                .leaf = pg::to_bool(row[2])};
      for (std::size_t i = 0; i < needs_.parts.size(); ++i) {
        if (needs_.parts[i].oid == pg::to_oid(row[1])) part.parent = i;
      }
      needs_.parts.push_back(std::move(part));
    }
    for (Part& part : needs_.parts) {
      part.index_broken =
          connection_.one_value(
              "select exists (select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid"
              " where i.indrelid = $1 and c.relname = $2 and not i.indisvalid)",
              {std::to_string(part.oid), index_name(part, table_)}) == "t";
    }
  }

  void read_shape() {
    Findings findings;
    judge_shape(table_, connection_, findings);
    const auto has = [&](const char* rule) {
      return std::any_of(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return finding.rule == rule; });
    };
    needs_.nullable = has("population-nullable");
    needs_.index_missing = has("population-index-missing");
    needs_.check_missing = has("population-check-missing");
  }

  void read_constraints() {
    const std::string own = ids_check_name(table_);
    for (const pg::Row& row : connection_.rows(
             "select k.conname, k.convalidated, pg_catalog.obj_description(k.oid, 'pg_constraint')"
             " from pg_catalog.pg_constraint k where k.conrelid = $1 and k.contype = 'c' and $3::int2 = any (k.conkey)"
             " and k.conkey <@ array[$2, $3]::int2[] order by 1",
             {oid_, std::to_string(table_.id.number), std::to_string(table_.population.number)})) {
      const bool ours = row[2] && is_marked(*row[2]);
      if (!ours && (row[0] == null_check_name(table_) || row[0] == own)) {
        refuse(
            fmt::format("constraint {} on {}", *row[0], table_.qualified()),
            fmt::format("ALTER TABLE {} RENAME CONSTRAINT {} TO …;", table_.quoted(), pg::quote_identifier(*row[0])));
      }
      if (row[0] == null_check_name(table_)) {
        needs_.null_check = true;
        continue;
      }
      if (row[0] == own) {
        own_is_there_ = true;
        own_mark_ = *row[2];
      }
      if (!pg::to_bool(row[1])) needs_.unvalidated.push_back(pg::to_text(row[0]));
    }
  }

  void read_rows() {
    for (const auto& [name, cells] : census_.populations) {
      const Population* declared = table_.find(name);
      if (!declared) {
        const contract::IdSpace every;
        needs_.unknown.push_back({name, sum(cells, census_.pieces, every, true).rows});
      } else if (!declared->ids.ranges.empty()) {
        const Cell outside = sum(cells, census_.pieces, declared->ids, false);
        if (outside.rows > 0)
          needs_.strays.push_back({declared, outside.rows, stray_ids(table_, *declared, connection_)});
      }
    }
    if (own_is_there_) {
      needs_.check_outdated = own_mark_ != mark_of(ids_check(table_, !needs_.unknown.empty()));
      needs_.check_missing = needs_.check_outdated;
    }
  }

  void read_triggers() {
    const std::string function = pg::quote_qualified(table_.schema, fill_name(table_));
    for (const pg::Row& row : connection_.rows(
             "select tgname, tgfoid = pg_catalog.to_regprocedure($2) from pg_catalog.pg_trigger where tgrelid = $1"
             " and (tgname = $3 or not tgisinternal and tgenabled <> 'D' and tgtype & 16 <> 0) order by 1",
             {oid_, function + "()", fill_name(table_)})) {
      if (row[0] != fill_name(table_)) {
        needs_.triggers.push_back(pg::to_text(row[0]));
      } else if (row[1] != "t") {
        refuse(fmt::format("trigger {} of {}", *row[0], table_.qualified()),
               fmt::format("ALTER TRIGGER {} ON {} RENAME TO …;", pg::quote_identifier(*row[0]), table_.quoted()));
      }
    }
    if (function_there(function, fill_body(table_)) == There::foreign)
      refuse(fmt::format("function {}()", function), fmt::format("ALTER FUNCTION {}() RENAME TO …;", function));
  }

  void read_sequence(const Population& population) {
    if (!population.minted_by && !population.disposable) return;
    SequenceNeed need{.population = &population, .declared = population.minted_by.has_value()};
    std::uint32_t oid = 0;
    if (need.declared) {
      need.negated = population.minted_by->negated;
      for (const BoundMint& mint : bound_.mints) {
        if (mint.table == index_ && mint.population == &population) oid = mint.sequence;
      }
      split_name(population.minted_by->sequence, need);
    } else {
      need.schema = table_.schema;
      need.name = test_sequence_name(table_, population);
      oid = pg::resolve_sequence(connection_, need.quoted());
    }
    if (!choose_numbers(need)) return;
    need.exists = oid != 0;
    if (need.exists) {
      read_existing(oid, need);
    } else {
      choose_start(need);
    }
    const There there = function_there(allocator_name(table_, need), allocator_body(table_, need));
    need.allocator_missing = there != There::ours;
    need.allocator_foreign = there == There::foreign;
    needs_.sequences.push_back(std::move(need));
  }

  // Of one that does not exist yet; one that does gets the name that the catalog has.
  void split_name(const std::string& written, SequenceNeed& need) {
    const auto parts = connection_.rows("select unnest(pg_catalog.parse_ident($1))", {written});
    need.schema = parts.size() > 1 ? pg::to_text(parts[parts.size() - 2][0]) : table_.schema;
    need.name = pg::to_text(parts.back()[0]);
  }

  // The first range of its own ids on the side that the sequence mints; above every real id where none are declared.
  bool choose_numbers(SequenceNeed& need) const {
    std::vector<IdRange> ranges = own_ids(*table_.declared, *need.population, table_.fitting_ids());
    if (need.population->ids.ranges.empty()) {
      if (need.declared)
        ranges = {need.negated ? IdRange{.high = -1} : IdRange{.low = 1}};
      else
        ranges = own_ids(*table_.declared, {.ids = {{contract::test_ids}}}, table_.fitting_ids());
    }
    for (const IdRange& range : ranges) {
      const IdRange side = need.declared ? (need.negated ? IdRange{.high = -1} : IdRange{.low = 1}) : IdRange{};
      const IdRange ids{std::max(range.low, side.low), std::min(range.high, side.high)};
      if (ids.low > ids.high) continue;
      need.numbers = need.negated ? IdRange{-ids.high, ids.low == IdRange::lowest ? IdRange::highest : -ids.low} : ids;
      need.descends = need.numbers.low == IdRange::lowest;
      return true;
    }
    return false;
  }

  void read_existing(std::uint32_t oid, SequenceNeed& need) {
    const pg::Row row = connection_.one_row(
        "select n.nspname, c.relname, s.seqmin, s.seqmax, s.seqcycle, "
        "coalesce(case when pg_catalog.has_sequence_privilege($1::oid, 'SELECT')"
        "  then pg_catalog.pg_sequence_last_value($1::oid) end, s.seqstart),"
        " s.seqstart from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where s.seqrelid = $1",
        {std::to_string(oid)});
    need.schema = pg::to_text(row[0]);
    need.name = pg::to_text(row[1]);
    need.unbounded =
        pg::to_bool(row[4]) || pg::to_integer(row[2]) < need.numbers.low || pg::to_integer(row[3]) > need.numbers.high;
    if (!need.declared || needs_.column_missing) return;
    const Bound one{{table_}, {{0, need.population, oid}}};
    std::vector<std::string> notes;
    for (const MintFacts& facts : read_mints(one, {census_}, connection_, notes)) {
      if (facts.population != need.population || !facts.far_ahead()) continue;
      need.far_ahead = true;
      need.next = facts.next;
      need.dense = facts.dense();
      find_gap(pg::to_integer(row[5]), pg::to_integer(row[6]), need);
    }
  }

  // The widest stretch of numbers without a row, among those that it may have given.
  void find_gap(std::int64_t last, std::int64_t start, SequenceNeed& need) {
    const std::string number = fmt::format("{}{}", need.negated ? "-" : "", table_.id.quoted());
    const pg::Row row = connection_.one_row(
        fmt::format("with minted as (select {0}::int8 as n from {1} where {2} = $1 and {0} between $2 and $3),"
                    " steps as (select n, lead(n, 1, greatest(n, $3)) over (order by n) as after from"
                    "  (select n from minted union select $4::int8 - 1) every),"
                    " gap as (select n, after from steps order by after - n desc, n limit 1)"
                    " select n + 1, after, (select count(*) from minted) from gap",
                    number, table_.quoted(), table_.population.quoted()),
        {need.population->name, std::to_string(std::max(need.numbers.low, start)), std::to_string(last),
         std::to_string(start)});
    need.gap_begins = pg::to_integer(row[0]);
    need.gap_ends = pg::to_integer(row[1]);
    need.minted = pg::to_integer(row[2]);
  }

  void choose_start(SequenceNeed& need) {
    const auto met = connection_.one_value(
        fmt::format("select {}({}) from {} where {} between $1 and $2", (need.descends != need.negated) ? "min" : "max",
                    table_.id.quoted(), table_.quoted(), table_.id.quoted()),
        {std::to_string(need.negated ? -need.numbers.high : need.numbers.low),
         std::to_string(need.negated ? -need.numbers.low : need.numbers.high)});
    need.start = need.descends ? need.numbers.high : need.numbers.low;
    if (!met) return;
    const std::int64_t number = need.negated ? -pg::to_integer(met) : pg::to_integer(met);
    if (number != (need.descends ? need.numbers.low : need.numbers.high))
      need.start = number + (need.descends ? -1 : 1);
  }

  enum class There { missing, ours, outdated, foreign };

  // A function without arguments by its quoted name, which would have `body` if we made it.
  There function_there(const std::string& name, const std::string& body) {
    const auto found = connection_.maybe_row(
        "select prosrc, pg_catalog.obj_description(oid, 'pg_proc') from pg_catalog.pg_proc"
        " where oid = pg_catalog.to_regprocedure($1)",
        {name + "()"});
    if (!found) return There::missing;
    const std::string comment = pg::to_text((*found)[1]);
    if ((*found)[0] == body || comment == kept_mark) return There::ours;
    return is_marked(comment) ? There::outdated : There::foreign;
  }

  const Bound& bound_;
  const std::size_t index_;
  const BoundTable& table_;
  pg::Connection& connection_;
  const std::string oid_;
  Census census_;
  TableNeeds needs_;
  bool own_is_there_ = false;
  std::string own_mark_;
};

}  // namespace

Needs read_needs(const contract::Contract& contract, const Bound& bound, pg::Connection& connection) {
  Needs needs;
  for (std::size_t i = 0; i < bound.tables.size(); ++i) {
    needs.tables.push_back(
        asking(bound.tables[i].qualified(), connection, [&] { return TableReader(bound, i, connection).read(); }));
  }
  std::vector<std::pair<std::string, std::string>> sequences;
  for (const TableNeeds& table : needs.tables) {
    for (const SequenceNeed& sequence : table.sequences) {
      if (sequence.exists) sequences.emplace_back(sequence.schema, sequence.name);
    }
  }
  needs.functions =
      asking("functions", connection, [&] { return read_setting_functions(contract, connection, sequences); });
  return needs;
}

}  // namespace guard
