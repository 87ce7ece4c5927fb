#include "guard/making.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "guard/fill.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

using contract::IdRange;

constexpr const char* uncreated = "nothing was created";

// `ranges` without the ids of `taken`.
std::vector<IdRange> without(const std::vector<IdRange>& ranges, const IdRange& taken) {
  std::vector<IdRange> left;
  for (const IdRange& range : ranges) {
    if (taken.high < range.low || range.high < taken.low) {
      left.push_back(range);
      continue;
    }
    if (range.low < taken.low) left.push_back({range.low, taken.low - 1});
    if (taken.high < range.high) left.push_back({taken.high + 1, range.high});
  }
  return left;
}

class Maker {
 public:
  Maker(pg::Connection& connection, const contract::Contract& contract, const TestPopulation& population,
        const Wanted& wanted)
      : connection_(connection),
        contract_(contract),
        table_(*population.table),
        population_(*population.population),
        sequence_(population.sequence),
        negated_(population.negated),
        wanted_(wanted) {}

  Made make() {
    const std::vector<Filling> fillings = fill_columns(connection_, table_, wanted_.set);
    const bool unique = id_is_unique();
    if (!unique) connection_.none(fmt::format("lock table {} in share row exclusive mode", table_.quoted()));
    std::vector<pg::OptionalText> parameters = {population_.name, std::to_string(wanted_.rows)};
    std::string columns = fmt::format("{}, {}", table_.id.quoted(), table_.population.quoted());
    std::string values = fmt::format("m.id, $1::{}", table_.population.type);
    for (const Filling& filling : fillings) {
      columns += ", " + filling.column;
      std::string expression = filling.expression;
      if (filling.parameter) {
        parameters.push_back(filling.parameter);
        expression.replace(expression.find("{}"), 2, fmt::format("${}", parameters.size()));
      }
      values += ", " + expression;
    }
    const std::string sql = fmt::format(
        "insert into {} ({}){} select {} from (select {} as id from pg_catalog.generate_series(0, $2::int8 - 1) g"
        " order by g) m returning {}::text, {}",
        table_.quoted(), columns, always_identity() ? " overriding system value" : "", values, id_expression(),
        table_.id.quoted(), table_.population_text());
    check(insert(sql, parameters), unique);
    return std::move(made_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& advice) const {
    throw base::Error(base::Code::refused, what, fmt::format("{}; {}", uncreated, advice));
  }

  bool always_identity() const {
    return connection_.one_value(
               "select attidentity <> '' from pg_catalog.pg_attribute where attrelid = $1 and attnum = $2",
               {std::to_string(table_.oid), std::to_string(table_.id.number)}) == "t";
  }

  bool id_is_unique() const {
    return connection_.one_value(
               "select exists (select from pg_catalog.pg_index where indrelid = $1 and indisunique and indisvalid"
               " and indpred is null and indnkeyatts = 1 and indkey[0] = $2)",
               {std::to_string(table_.oid), std::to_string(table_.id.number)}) == "t";
  }

  std::string id_expression() const {
    if (sequence_) {
      return fmt::format("{}pg_catalog.nextval({}::pg_catalog.regclass)", negated_ ? "-" : "", sequence_);
    }
    const FreeIds ids = free_ids();
    return fmt::format("{} {} g", ids.first, ids.step > 0 ? "+" : "-");
  }

  // Two at a time would find the same ids.
  FreeIds free_ids() const {
    if (population_.ids.ranges.empty()) {
      throw base::Error(base::Code::contract,
                        fmt::format("{}:{}: population {} of {} declares no ids: any id could be a real row's tomorrow",
                                    contract_.file.string(), population_.line, population_.name, table_.declared->name),
                        fmt::format("{}; declare a space that no real path reaches, such as ids = \"{}\"", uncreated,
                                    table_.test_ids().text()));
    }
    const std::vector<IdRange> ranges = own_ids(*table_.declared, population_, table_.fitting_ids());
    if (ranges.empty()) {
      throw base::Error(
          base::Code::contract,
          fmt::format("{}:{}: population {} of {} has no id of its own that fits into {}", contract_.file.string(),
                      population_.line, population_.name, table_.declared->name, table_.id.type),
          fmt::format("{}; declare a space that no other population shares", uncreated));
    }
    connection_.none("select pg_catalog.pg_advisory_xact_lock($1::int4, $2::oid::int4)",
                     {"1885827429", std::to_string(table_.oid)});
    for (const IdRange& range : ranges) {
      if (const auto ids = free_in(range)) return *ids;
    }
    refuse(fmt::format("the id space of {}, {}, is exhausted: it has no {} left beyond those that exist",
                       population_.name, population_.ids.text(), base::count_of(wanted_.rows, "id")),
           "clean up test data (`pgrehearse testdata clean`), or widen the space in the contract");
  }

  // Away from the end that is closed.
  std::optional<FreeIds> free_in(const IdRange& range) const {
    const bool down = range.low == IdRange::lowest && range.high != IdRange::highest;
    const auto met =
        connection_.one_value(fmt::format("select {}({}) from {} where {} between $1 and $2", down ? "min" : "max",
                                          table_.id.quoted(), table_.quoted(), table_.id.quoted()),
                              {std::to_string(range.low), std::to_string(range.high)});
    if (!met) {
      if (distance(range.low, range.high) < needed() - 1) return std::nullopt;
      return down ? FreeIds{range.high, -1} : FreeIds{range.low, 1};
    }
    const std::int64_t last = pg::to_integer(met);
    if ((down ? distance(range.low, last) : distance(last, range.high)) < needed()) return std::nullopt;
    return down ? FreeIds{last - 1, -1} : FreeIds{last + 1, 1};
  }

  static std::uint64_t distance(std::int64_t low, std::int64_t high) {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  }
  std::uint64_t needed() const { return static_cast<std::uint64_t>(wanted_.rows); }

  std::vector<pg::Row> insert(const std::string& sql, const std::vector<pg::OptionalText>& parameters) const {
    try {
      return connection_.rows(sql, parameters);
    } catch (const base::Error& error) {
      if (error.sqlstate() == "23505")
        refuse(fmt::format("a test row collides with one that exists: {}", error.message()),
               sequence_ ? "the sequence stands where rows are already: `pgrehearse audit` says whose" : "try again");
      if (error.sqlstate() == "2200H")
        refuse(fmt::format("the sequence of {} is exhausted: {}", population_.name, error.message()),
               "widen its id space in the contract, and see `pgrehearse contract sql`");
      throw;
    }
  }

  void check(const std::vector<pg::Row>& rows, bool unique) {
    made_ = {table_.qualified(), population_.name, {}};
    if (static_cast<std::int64_t>(rows.size()) != wanted_.rows)
      refuse(fmt::format("{} were to be inserted, and {} were", base::count_of(wanted_.rows, "row"), rows.size()),
             "a trigger or rule drops rows");
    for (const pg::Row& row : rows) {
      const std::int64_t id = pg::to_integer(row[0]);
      if (!row[1] || table_.find(*row[1]) != &population_)
        refuse(fmt::format("row {} became one of {}", id, row[1].value_or("NULL")), "a trigger changes the population");
      if (!population_.ids.contains(id) || held_by_another(id))
        refuse(fmt::format("id {} is not in the id space that {} has for itself, {}", id, population_.name,
                           population_.ids.text()),
               sequence_ ? "its sequence has to stay within that space: see `pgrehearse contract sql`"
                         : "a trigger changes the id");
      made_.ids.push_back(id);
    }
    std::sort(made_.ids.begin(), made_.ids.end());
    if (!unique) refuse_duplicates();
  }

  bool held_by_another(std::int64_t id) const {
    const auto& all = table_.declared->populations;
    return std::any_of(all.begin(), all.end(), [&](const contract::Population& each) {
      return &each != &population_ && !each.ids.ranges.empty() && each.ids.contains(id);
    });
  }

  // Without an index that would say so.
  void refuse_duplicates() const {
    const auto found = connection_.one_value(
        fmt::format("select count(*) from {} where {} between $1 and $2", table_.quoted(), table_.id.quoted()),
        {std::to_string(made_.ids.front()), std::to_string(made_.ids.back())});
    const std::set<std::int64_t> different(made_.ids.begin(), made_.ids.end());
    if (pg::to_integer(found) != wanted_.rows || different.size() != made_.ids.size())
      refuse("a test row would have the id of one that exists", "the sequence stands where rows are already");
  }

  pg::Connection& connection_;
  const contract::Contract& contract_;
  const BoundTable& table_;
  const contract::Population& population_;
  const std::uint32_t sequence_;
  const bool negated_;
  const Wanted& wanted_;
  Made made_;
};

}  // namespace

std::vector<IdRange> own_ids(const contract::Table& table, const contract::Population& population,
                             const IdRange& fits) {
  std::vector<IdRange> ranges;

  for (const IdRange& range : population.ids.ranges) {
    const IdRange clipped{std::max(range.low, fits.low), std::min(range.high, fits.high)};
    if (clipped.low <= clipped.high) ranges.push_back(clipped);
  }
  for (const contract::Population& other : table.populations) {
    if (&other == &population) continue;
    for (const IdRange& range : other.ids.ranges) ranges = without(ranges, range);
  }
  return ranges;
}

Made make_test_rows(pg::Connection& connection, const contract::Contract& contract, const TestPopulation& population,
                    const Wanted& wanted) {
  connection.script("begin read write");
  try {
    Made made = Maker(connection, contract, population, wanted).make();
    connection.script("commit");
    return made;
  } catch (base::Error& error) {
    if (error.sqlstate() == "55P03") {
      base::Error locked(
          error.code(),
          fmt::format("nothing can be inserted into {}: another session holds a lock on it or on a row of it",
                      population.table->qualified()),
          fmt::format("{}; a migration may be running: try again when it is done", uncreated));
      throw locked.with_sqlstate(error.sqlstate());
    }
    if (error.code() == base::Code::server)
      error.with_hint(error.hint().empty() ? uncreated : fmt::format("{}; {}", uncreated, error.hint()));
    throw;
  }
}

}  // namespace guard
