#include "apply/row_limits.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "apply/references.h"
#include "apply/savepoint.h"
#include "apply/table_rows.h"
#include "apply/uniques.h"
#include "apply/value_batch.h"
#include "apply/writer.h"
#include "base/error.h"
#include "changeset/tuple.h"
#include "pg/catalog_parts.h"

namespace apply {

namespace {

// What must be true of a row, or unknown.
struct Limit {
  std::string holds;  // SQL over the row's columns
  std::vector<std::string> uses;
  std::string message;
};

std::vector<Limit> read_checks(pg::Connection& connection, std::uint32_t table) {
  std::vector<Limit> limits;
  const std::string sql = fmt::format(R"(
    SELECT k.oid, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid), a.attname
    FROM pg_catalog.pg_constraint k CROSS JOIN LATERAL unnest(k.conkey) AS part(number)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number
    WHERE k.conrelid = $1::pg_catalog.oid AND k.contype = 'c' {} ORDER BY k.conname, a.attnum)",
                                      connection.server_major() >= 18 ? "AND k.conenforced" : "");
  std::string last;
  for (const pg::Row& row : connection.rows(sql, {std::to_string(table)})) {
    if (pg::to_text(row[0]) != last) {
      limits.push_back({.holds = pg::to_text(row[2]),
                        .uses = {},
                        .message = fmt::format("its table's constraint {} does not allow it", pg::to_text(row[1]))});
    }
    last = pg::to_text(row[0]);
    limits.back().uses.push_back(pg::to_text(row[3]));
  }
  return limits;
}

// The bounds of a partition, over the columns that it and the tables above it are partitioned by; over all that there
// are where one of these goes by an expression.
std::vector<Limit> read_bounds(pg::Connection& connection, std::uint32_t table) {
  const std::string sql = R"(
    SELECT pg_catalog.pg_get_partition_constraintdef(leaf.oid), a.attname
    FROM pg_catalog.pg_class leaf CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(leaf.oid) AS above(oid)
      JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = above.oid
      JOIN pg_catalog.pg_attribute k ON k.attrelid = above.oid AND k.attnum > 0 AND NOT k.attisdropped
        AND (k.attnum = ANY (p.partattrs) OR p.partexprs IS NOT NULL)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = leaf.oid AND a.attname = k.attname
    WHERE leaf.oid = $1::pg_catalog.oid AND leaf.relispartition GROUP BY 1, a.attname ORDER BY a.attname)";
  std::vector<Limit> limits;
  for (const pg::Row& row : connection.rows(sql, {std::to_string(table)})) {
    if (!row[0]) continue;  // the only partition, for everything
    if (limits.empty()) {
      limits.push_back({.holds = *row[0], .uses = {}, .message = "its partition is for other rows by now"});
    }
    limits.front().uses.push_back(pg::to_text(row[1]));
  }
  return limits;
}

// Of the domains that the columns are of, and of those that these are made of.
std::vector<Limit> read_domains(pg::Connection& connection, std::uint32_t table) {
  std::vector<Limit> limits;
  const std::string sql = R"(
    WITH RECURSIVE up AS (
      SELECT a.attname, t.oid, t.typbasetype, t.typname, t.typnotnull FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
      WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
      SELECT up.attname, t.oid, t.typbasetype, t.typname, t.typnotnull
      FROM up JOIN pg_catalog.pg_type t ON t.oid = up.typbasetype AND t.typtype = 'd')
    SELECT up.attname, up.typname, NULL, NULL FROM up WHERE up.typnotnull
    UNION ALL
    SELECT up.attname, up.typname, k.conname, pg_catalog.pg_get_expr(k.conbin, 0)
    FROM up JOIN pg_catalog.pg_constraint k ON k.contypid = up.oid AND k.contype = 'c')";
  for (const pg::Row& row : connection.rows(sql, {std::to_string(table)})) {
    const std::string column = pg::quote_identifier(pg::to_text(row[0]));
    limits.push_back(
        {.holds = row[3] ? fmt::format("(SELECT ({}) FROM (SELECT {} AS value) AS d)", *row[3], column)
                         : column + " IS NOT NULL",
         .uses = {pg::to_text(row[0])},
         .message = fmt::format("{} may not be so: its domain {} {}", pg::to_text(row[0]), pg::to_text(row[1]),
                                row[2] ? fmt::format("has the constraint {}", *row[2]) : std::string("is NOT NULL"))});
  }
  return limits;
}

// The rows of one relation that come, or come to look otherwise.
class Newcomers {
 public:
  Newcomers(pg::Connection& connection, const changeset::Relation& relation, const pg::Table& table,
            const std::function<void(const Dependent&)>& conflict)
      : connection_(connection), relation_(relation), conflict_(conflict) {
    read_nulls(table);
    read_limits(table);
    read_types(table);
  }

  void add(const changeset::Change& change, changeset::Position position) {
    if (change.op != changeset::Op::insert && change.op != changeset::Op::update) return;
    if (const std::optional<std::string> fault = null_in(change)) return bad({position, change.after}, *fault);
    if (limits_.empty() && narrowed_.empty()) return;
    bytes_ += change.after.size();
    rows_.push_back({position, change.after});
    if (rows_.size() >= max_rows || bytes_ >= max_bytes) finish();
  }

  void finish() {
    if (!rows_.empty()) ask(rows_);
    rows_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t max_rows = 20'000;
  static constexpr std::size_t max_bytes = 4u << 20;
  static constexpr std::size_t max_errors = 1'000;  // looked for one by one; more are left to the writing

  struct Row {
    changeset::Position position;
    std::string image;
  };

  void read_nulls(const pg::Table& table) {
    for (const pg::Column& column : table.columns) {
      if (!column.not_null || column.generated) continue;
      if (const std::vector<std::uint32_t> place = places_of(relation_, {column.name}); !place.empty()) {
        not_null_.push_back(place.front());
      } else if (!column.identity && !has_default(table, column)) {
        wanting_ = column.name;
      }
    }
  }

  bool has_default(const pg::Table& table, const pg::Column& column) {
    return pg::to_bool(connection_.one_value(
        "SELECT a.atthasdef OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid AND t.typdefault IS "
        "NOT NULL) FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum = "
        "$2::pg_catalog.int2",
        {std::to_string(table.oid), std::to_string(column.number)}));
  }

  void read_limits(const pg::Table& table) {
    limits_ = read_checks(connection_, table.oid);
    for (const auto& read : {read_domains, read_bounds}) {
      const std::vector<Limit> more = read(connection_, table.oid);
      limits_.insert(limits_.end(), more.begin(), more.end());
    }
    std::erase_if(limits_, [&](const Limit& limit) { return places_of(relation_, limit.uses).empty(); });
    if (!limits_.empty()) types_ = base_types(connection_, relation_);
    for (const Limit& limit : limits_) {
      for (const std::uint32_t place : places_of(relation_, limit.uses)) {
        if (std::find(places_.begin(), places_.end(), place) == places_.end()) places_.push_back(place);
      }
    }
  }

  // Where a type is what it was its values fit.
  void read_types(const pg::Table& table) {
    for (std::uint32_t i = 0; i < relation_.columns.size(); ++i) {
      const pg::Column* now = table.column(relation_.columns[i].name);
      if (now && !now->generated && now->type != relation_.columns[i].type) narrowed_.emplace_back(i, now->type);
    }
  }

  std::optional<std::string> null_in(const changeset::Change& change) const {
    if (!wanting_.empty() && change.op == changeset::Op::insert) {
      return fmt::format("column {} was added since, is NOT NULL and has no default", wanting_);
    }
    if (not_null_.empty()) return std::nullopt;
    const std::vector<changeset::Value> values = changeset::values_of(change.after);
    for (const std::uint32_t place : not_null_) {
      if (!values.at(place)) return fmt::format("column {} is NOT NULL", relation_.columns[place].name);
    }
    return std::nullopt;
  }

  // An error is some row's own: in ever smaller batches it is found which one's.
  void ask(std::span<const Row> rows) {
    std::vector<std::pair<std::size_t, std::string>> found;
    const auto error = in_savepoint(connection_, "pgrehearse_question", [&] { found = unfit(rows); }, cannot_be_asked);
    if (!error) {
      for (const auto& [number, why] : found) bad(rows[number], why);
      return;
    }
    if (!is_of_one_row(*error) || errors_ > max_errors) return;  // the server will see when the row is written
    if (rows.size() == 1) {
      ++errors_;
      return bad(rows.front(), "the server says: " + error->message());
    }
    ask(rows.first(rows.size() / 2));
    ask(rows.subspan(rows.size() / 2));
  }

  std::vector<std::pair<std::size_t, std::string>> unfit(std::span<const Row> rows) {
    std::map<std::size_t, std::string> found;
    if (!narrowed_.empty()) ask_types(rows, found);
    if (!limits_.empty()) ask_limits(rows, found);
    return {found.begin(), found.end()};
  }

  void ask_types(std::span<const Row> rows, std::map<std::size_t, std::string>& found) {
    std::vector<std::uint32_t> places;
    std::string differs;
    for (const auto& [place, type] : narrowed_) {
      // By the type's own output: a cast to text takes the blanks off a character(n).
      differs += fmt::format("{0}(k.v{1} IS NOT NULL AND pg_catalog.format('%s', k.v{1}::{2}) <> k.v{1})",
                             differs.empty() ? "" : " OR ", places.size(), type);
      places.push_back(place);
    }
    connection_.each_row(fmt::format("SELECT k.n FROM {} WHERE {}", unnested(places.size()), differs),
                         arrays(rows, places), [&](const auto& row) {
                           found.emplace(std::stoull(std::string(row.at(0).value())) - 1,
                                         "the type of its columns is another one, and does not hold these values");
                         });
  }

  void ask_limits(std::span<const Row> rows, std::map<std::size_t, std::string>& found) {
    std::string which;
    std::string any;
    for (std::size_t i = 0; i < limits_.size(); ++i) {
      which += fmt::format(" WHEN NOT ({}) THEN {}", limits_[i].holds, i);
      any += fmt::format("{}NOT ({})", any.empty() ? "" : " OR ", limits_[i].holds);
    }
    const std::string sql = fmt::format("SELECT r.\"pgrehearse n\", CASE{} END FROM {} r WHERE {}", which,
                                        image_rows(relation_, places_, types_), any);
    connection_.each_row(sql, arrays(rows, places_), [&](const auto& row) {
      found.emplace(std::stoull(std::string(row.at(0).value())) - 1,
                    limits_.at(std::stoull(std::string(row.at(1).value()))).message);
    });
  }

  static std::vector<pg::OptionalText> arrays(std::span<const Row> rows, const std::vector<std::uint32_t>& places) {
    std::vector<ArrayLiteral> arrays(places.size());
    for (const Row& row : rows) {
      const std::vector<changeset::Value> values = changeset::values_of(row.image);
      for (std::size_t i = 0; i < places.size(); ++i) arrays[i].add(values.at(places[i]));
    }
    std::vector<pg::OptionalText> parameters;
    for (ArrayLiteral& array : arrays) parameters.emplace_back(array.take());
    return parameters;
  }

  void bad(const Row& row, const std::string& why) {
    conflict_({relation_, row.position, row_id(relation_, row.image), "constraint", why});
  }

  pg::Connection& connection_;
  const changeset::Relation& relation_;
  const std::function<void(const Dependent&)>& conflict_;
  std::vector<std::uint32_t> not_null_;
  std::string wanting_;  // a column that a row cannot do without, and the changes know nothing of
  std::vector<Limit> limits_;
  std::vector<std::uint32_t> places_;                            // that the limits use
  std::vector<std::string> types_;                               // of all columns, where there are limits
  std::vector<std::pair<std::uint32_t, std::string>> narrowed_;  // place, and the type as it is now
  std::vector<Row> rows_;
  std::size_t bytes_ = 0;
  std::size_t errors_ = 0;
};

}  // namespace

void find_unfit(pg::Connection& connection, const changeset::Reader& inverse, const pg::Catalog& catalog,
                const std::function<void(const Dependent&)>& conflict) {
  std::optional<Newcomers> rows;
  std::optional<std::uint32_t> current;
  inverse.for_each([&](const changeset::Change& change, changeset::Position position) {
    if (current != change.relation) {
      if (rows) rows->finish();
      rows.reset();
      current = change.relation;
      const changeset::Relation& relation = inverse.relations()[change.relation];
      const pg::Table* table = catalog.find(relation.schema, relation.name);
      if (table) rows.emplace(connection, relation, *table, conflict);
    }
    if (rows) rows->add(change, position);
  });
  if (rows) rows->finish();
}

}  // namespace apply
