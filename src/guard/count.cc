#include "guard/count.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace guard {

namespace {

using contract::IdRange;

// More values than this are no populations; the contract means another column.
constexpr std::size_t most_values = 1'000;
// Questions cost a round trip and a plan each: with more of them one pass is as good.
constexpr std::size_t most_cells = 400;
// A cell where rows are at home is counted exactly up to this cost (the planner's units; about a tenth of a second).
constexpr double cheap = 20'000;
// Reading all of a table of some 20,000 rows costs this much: below it nobody looks how it is done.
constexpr double small_scan = 500;
// An index is worth this many times the cost of one pass: it keeps the rest of the server's memory as it is.
constexpr double patience = 3;

std::int64_t to_number(const pg::OptionalText& text) {
  return text ? std::stoll(*text) : 0;
}

class CensusTaker {
 public:
  CensusTaker(const BoundTable& table, pg::Connection& connection)
      : table_(table), connection_(connection), from_(table.quoted()), id_(table.id_number()) {
    census_.pieces = cut_ids(*table.declared);
  }

  Census take() {
    if (!leads_an_index(table_.oid, table_.population, connection_)) {
      refuse_many_values();
      return pass();
    }
    const std::vector<std::string> values = distinct_values();
    if (values.size() * census_.pieces.size() > most_cells) return pass();
    std::vector<Question> questions;
    for (const std::string& value : values) {
      for (std::size_t piece = 0; piece < census_.pieces.size(); ++piece) questions.push_back(ask_about(value, piece));
    }
    double cost = 0, scan = 0;
    for (const Question& question : questions) {
      cost += question.cost;
      scan = std::max(scan, question.scan);
    }
    if (scan > small_scan || cost > patience * estimate(connection_, pass_query()).cost) return pass();
    for (const Question& question : questions) answer(question);
    census_.unpopulated = to_number(connection_.one_value(
        fmt::format("select count(*) from {} where {} is null", from_, table_.population.quoted())));
    return std::move(census_);
  }

 private:
  struct Question {
    std::string value;
    std::size_t piece = 0;
    std::string where;
    bool exact = true;
    double rows = 0;  // the planner's estimate, where not exact
    double cost = 0, scan = 0;
  };

  [[noreturn]] void no_population(const std::string& how_many) const {
    throw base::Error(base::Code::contract,
                      fmt::format("{}.{} has {} different values: it is no population", table_.qualified(),
                                  table_.population.name, how_many),
                      "name the column that says where a row comes from; nothing was changed");
  }

  void refuse_many_values() const {
    const auto row = connection_.maybe_row(
        "select case when s.stadistinct < 0 then -s.stadistinct * c.reltuples else s.stadistinct end::bigint"
        " from pg_catalog.pg_class c join lateral (select n_distinct as stadistinct from pg_catalog.pg_stats"
        " where schemaname = $2 and tablename = $3 and attname = $4 and not inherited limit 1) s on true where c.oid = "
        "$1",
        {std::to_string(table_.oid), table_.schema, table_.name, table_.population.name});
    if (!row || to_number(row->front()) <= static_cast<std::int64_t>(10 * most_values)) return;
    no_population("about " + base::with_commas(to_number(row->front())));
  }

  // One descent of the index for each value.
  std::vector<std::string> distinct_values() const {
    const std::string column = table_.population.quoted();
    const std::string next =
        fmt::format("(select {0} as v from {1} where {0} > seen.v order by {0} limit 1)", column, from_);
    const auto rows = connection_.rows(fmt::format(
        "with recursive seen as ((select {0} as v from {1} where {0} is not null order by {0} limit 1)"
        " union all select n.v from seen cross join lateral {2} n) select {3} from seen limit {4}",
        column, from_, next, table_.kind == Kind::boolean ? "left(v::text, 1)" : "v::text", most_values + 1));
    if (rows.size() > most_values) no_population("more than " + base::with_commas(most_values));
    std::vector<std::string> values;
    for (const pg::Row& row : rows) values.push_back(*row[0]);
    return values;
  }

  std::string cell_condition(const std::string& value, const IdRange& piece) const {
    std::string condition = fmt::format("{} = {}", table_.population.quoted(), connection_.quote_literal(value));
    if (piece.low != contract::IdRange::lowest)
      condition += fmt::format(" and {} >= {}", table_.id.quoted(), piece.low);
    if (piece.high != contract::IdRange::highest)
      condition += fmt::format(" and {} <= {}", table_.id.quoted(), piece.high);
    return condition;
  }

  std::string count_query(const std::string& where) const {
    return fmt::format("select count(*), min({0}), max({0}) from {1} where {2}", id_, from_, where);
  }

  std::string end_query(const std::string& where, const char* direction) const {
    return fmt::format("select {0} from {1} where {2} and {3} is not null order by {3} {4} limit 1", id_, from_, where,
                       table_.id.quoted(), direction);
  }

  Question ask_about(const std::string& value, std::size_t piece) const {
    Question question{.value = value, .piece = piece, .where = cell_condition(value, census_.pieces[piece])};
    const Estimate count = estimate(connection_, count_query(question.where));
    question.cost = count.cost;
    question.scan = count.scan;
    const contract::Population* declared = table_.find(value);
    const bool at_home = !declared || declared->ids.contains(census_.pieces[piece].low);
    if (!at_home || (count.cost <= cheap && count.scan <= small_scan)) return question;
    question.exact = false;
    const Estimate bulk = estimate(connection_, fmt::format("select 1 from {} where {}", from_, question.where));
    question.rows = bulk.rows;
    question.cost = question.scan = 0;
    for (const char* direction : {"asc", "desc"}) {
      const Estimate end = estimate(connection_, end_query(question.where, direction));
      question.cost += end.cost;
      question.scan = std::max(question.scan, end.scan);
    }
    return question;
  }

  void answer(const Question& question) {
    auto& cells = census_.populations.try_emplace(question.value, census_.pieces.size()).first->second;
    Cell& cell = cells[question.piece];
    if (question.exact) {
      const pg::Row row = connection_.one_row(count_query(question.where));
      cell = {to_number(row[0]), true, to_number(row[1]), to_number(row[2])};
      return;
    }
    const auto low = connection_.maybe_row(end_query(question.where, "asc"));
    const auto high = connection_.maybe_row(end_query(question.where, "desc"));
    if (!low || !high) return;
    cell = {std::max<std::int64_t>(1, static_cast<std::int64_t>(question.rows)), false, to_number((*low)[0]),
            to_number((*high)[0])};
  }

  std::string pass_query() const {
    std::string starts;
    for (std::size_t piece = 1; piece < census_.pieces.size(); ++piece)
      starts += fmt::format("{}{}", starts.empty() ? "" : ",", census_.pieces[piece].low);
    const std::string piece =
        starts.empty() ? "0" : fmt::format("width_bucket({}::int8, '{{{}}}'::int8[])", id_, starts);
    return fmt::format(
        "select {0}, {1}, count(*), min({2}), max({2}) from {3} where {4} is not null group by 1, 2 limit {5}",
        table_.population_text(), piece, id_, from_, table_.id.quoted(), (most_values + 1) * census_.pieces.size());
  }

  Census pass() {
    census_.populations.clear();
    for (const pg::Row& row : connection_.rows(pass_query())) {
      if (!row[0]) {
        census_.unpopulated += to_number(row[2]);
        continue;
      }
      auto& cells = census_.populations.try_emplace(*row[0], census_.pieces.size()).first->second;
      cells.at(static_cast<std::size_t>(to_number(row[1]))) = {to_number(row[2]), true, to_number(row[3]),
                                                               to_number(row[4])};
    }
    if (census_.populations.size() > most_values) no_population("more than " + base::with_commas(most_values));
    return std::move(census_);
  }

  const BoundTable& table_;
  pg::Connection& connection_;
  const std::string from_;
  const std::string id_;
  Census census_;
};

double dearest_scan(const nlohmann::json& node) {
  double cost = node.value("Node Type", "") == "Seq Scan" ? node.value("Total Cost", 0.0) : 0;
  if (const auto below = node.find("Plans"); below != node.end()) {
    for (const auto& each : *below) cost = std::max(cost, dearest_scan(each));
  }
  return cost;
}

}  // namespace

Estimate estimate(pg::Connection& connection, const std::string& query) {
  const auto text = connection.one_value("explain (format json) " + query);
  const auto plan = nlohmann::json::parse(text.value_or("[]"), nullptr, false);
  if (!plan.is_array() || plan.empty()) return {};
  const auto& top = plan.front().at("Plan");
  return {top.at("Total Cost").get<double>(), top.at("Plan Rows").get<double>(), dearest_scan(top)};
}

Census take_census(const BoundTable& table, pg::Connection& connection) {
  return CensusTaker(table, connection).take();
}

bool leads_an_index(std::uint32_t table, const BoundColumn& column, pg::Connection& connection) {
  return connection.one_value(
             "select exists (select 1 from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid"
             " join pg_catalog.pg_am m on m.oid = c.relam where i.indrelid = $1 and i.indisvalid and i.indpred is null"
             " and m.amname = 'btree' and i.indkey[0] = $2)",
             {std::to_string(table), std::to_string(column.number)}) == "t";
}

}  // namespace guard
