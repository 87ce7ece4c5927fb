#include "apply/row_writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "apply/value_batch.h"
#include "base/error.h"
#include "base/text.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::size_t max_rows = 5'000;
constexpr std::size_t max_bytes = 4u << 20;
constexpr std::size_t max_rows_by_contents = 100'000;  // each batch reads the table once

// COPY's text format (manual: "COPY", Text Format).
void put_field(std::string& line, changeset::Value value) {
  if (!value) {
    line += "\\N";
    return;
  }
  for (const char c : *value) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        line += c;
    }
  }
}

}  // namespace

RowWriter::RowWriter(pg::Connection& connection, const pg::Table& table, const changeset::Relation& relation,
                     bool at_once)
    : connection_(connection),
      rows_(connection, relation),
      qualified_(pg::quote_qualified(relation.schema, relation.name)),
      types_(column_types(connection, relation)),
      at_once_(at_once),
      changed_(relation.columns.size()) {
  for (const changeset::Column& column : relation.columns) {
    const pg::Column* now = table.column(column.name);
    writable_.push_back(now && !now->generated);
  }
}

bool RowWriter::full() const {
  if (at_once_) return false;
  const std::size_t limit = rows_.relation().key.empty() ? max_rows_by_contents : max_rows;
  return bytes_ >= max_bytes || erased_.size() >= limit || updated_.size() >= limit;
}

void RowWriter::erase(std::string_view tuple) {
  erased_.emplace_back(tuple);
  bytes_ += tuple.size();
  if (full()) flush_erased();
}

void RowWriter::update(std::string_view before, std::string_view after) {
  const std::vector<changeset::Value> old = changeset::values_of(before);
  const std::vector<changeset::Value> now = changeset::values_of(after);
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    if (old.at(i) != now.at(i)) changed_[i] = true;
  }
  updated_.emplace_back(after);
  bytes_ += after.size();
  if (full()) flush_updated();
}

void RowWriter::insert(std::string_view tuple) {
  const std::size_t before = copied_.size();
  changeset::TupleReader values(tuple);
  bool first = true;
  for (const bool writable : writable_) {
    const changeset::Value value = values.next();
    if (!writable) continue;
    if (!first) copied_ += '\t';
    first = false;
    put_field(copied_, value);
  }
  copied_ += '\n';
  ++copied_rows_;
  bytes_ += copied_.size() - before;
  if (full()) flush_inserted();
}

void RowWriter::flush() {
  flush_erased();
  flush_updated();
  flush_inserted();
}

void RowWriter::expect(std::int64_t rows, std::int64_t done) const {
  if (rows == done) return;
  throw base::Error(base::Code::refused,
                    fmt::format("{}: {} to be written, and the server wrote {}", rows_.relation().qualified(),
                                base::count_of(rows, "row"), done),
                    "somebody else changed these rows, or a rule or trigger of the table did: try again");
}

// "t.id = k.v0::integer AND …", the values being the key's among `columns` of the batch.
std::string RowWriter::key_condition(const std::vector<std::uint32_t>& columns) const {
  std::string same;
  const std::vector<std::uint32_t>& key = rows_.relation().key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::uint32_t column = key[i];
    const auto at = std::find(columns.begin(), columns.end(), column) - columns.begin();
    same += fmt::format("{}t.{} {} k.v{}::{}", same.empty() ? "" : " AND ",
                        pg::quote_identifier(rows_.relation().columns.at(column).name), rows_.key_equal().at(i), at,
                        types_.at(column));
  }
  return same;
}

namespace {

// The columns of all tuples as arrays.
std::vector<pg::OptionalText> arrays_of(const std::vector<std::string>& tuples,
                                        const std::vector<std::uint32_t>& columns) {
  std::vector<ArrayLiteral> arrays(columns.size());
  for (const std::string& tuple : tuples) {
    const std::vector<changeset::Value> values = changeset::values_of(tuple);
    for (std::size_t i = 0; i < columns.size(); ++i) arrays[i].add(values.at(columns[i]));
  }
  std::vector<pg::OptionalText> parameters;
  for (ArrayLiteral& array : arrays) parameters.emplace_back(array.take());
  return parameters;
}

}  // namespace

void RowWriter::flush_erased() {
  if (erased_.empty()) return;
  const auto wanted = static_cast<std::int64_t>(erased_.size());
  std::string from;
  std::vector<pg::OptionalText> parameters;
  if (const std::vector<std::uint32_t>& key = rows_.relation().key; !key.empty()) {
    from = fmt::format("USING {} WHERE {}", unnested(key.size()), key_condition(key));
    parameters = arrays_of(erased_, key);
  } else {
    ArrayLiteral places;
    rows_.find({erased_.begin(), erased_.end()}, Locking::none, [&](std::size_t, std::optional<TableRows::Row> row) {
      if (row) places.add(row->ctid);
    });
    from = "WHERE t.ctid = ANY ($1::pg_catalog.tid[])";
    parameters.emplace_back(places.take());
  }
  const std::string sql = fmt::format(
      "WITH gone AS (DELETE FROM ONLY {} AS t {} RETURNING 1) SELECT pg_catalog.count(*) FROM gone", qualified_, from);
  expect(wanted, std::stoll(connection_.one_value(sql, parameters).value()));
  written_.deleted += wanted;
  erased_.clear();
  bytes_ = 0;
}

void RowWriter::flush_updated() {
  if (updated_.empty()) return;
  const auto wanted = static_cast<std::int64_t>(updated_.size());
  std::vector<std::uint32_t> columns = rows_.relation().key;
  std::string set;
  for (std::uint32_t i = 0; i < changed_.size(); ++i) {
    if (!changed_[i] || !writable_[i]) continue;
    set += fmt::format("{}{} = k.v{}::{}", set.empty() ? "" : ", ",
                       pg::quote_identifier(rows_.relation().columns[i].name), columns.size(), types_[i]);
    columns.push_back(i);
  }
  if (!set.empty()) {
    const std::string sql = fmt::format(
        "WITH done AS (UPDATE ONLY {} AS t SET {} FROM {} WHERE {} RETURNING 1)"
        " SELECT pg_catalog.count(*) FROM done",
        qualified_, set, unnested(columns.size()), key_condition(columns));
    expect(wanted, std::stoll(connection_.one_value(sql, arrays_of(updated_, columns)).value()));
    written_.updated += wanted;
  }
  updated_.clear();
  changed_.assign(changed_.size(), false);
  bytes_ = 0;
}

void RowWriter::flush_inserted() {
  if (copied_rows_ == 0) return;
  std::string columns;
  for (std::size_t i = 0; i < writable_.size(); ++i) {
    if (!writable_[i]) continue;
    columns += (columns.empty() ? "" : ", ") + pg::quote_identifier(rows_.relation().columns[i].name);
  }
  // A table none of whose columns can be written takes empty lines, and no list of columns.
  const std::string list = columns.empty() ? "" : fmt::format(" ({})", columns);
  bool sent = false;
  connection_.copy_in(fmt::format("COPY {}{} FROM STDIN", qualified_, list), [&]() -> std::string_view {
    return std::exchange(sent, true) ? std::string_view() : std::string_view(copied_);
  });
  written_.inserted += copied_rows_;
  copied_.clear();
  copied_rows_ = 0;
  bytes_ = 0;
}

}  // namespace apply
