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
                     Batches batches)
    : connection_(connection),
      rows_(connection, relation),
      qualified_(pg::quote_qualified(relation.schema, relation.name)),
      types_(column_types(connection, relation)),
      batches_(batches),
      changed_(relation.columns.size()) {
  for (const changeset::Column& column : relation.columns) {
    const pg::Column* now = table.column(column.name);
    writable_.push_back(now && !now->generated);
  }
}

bool RowWriter::full() const {
  if (batches_ != Batches::many) return false;
  const std::size_t limit = rows_.relation().key.empty() ? max_rows_by_contents : max_rows;
  return bytes_ >= max_bytes || erased_.size() >= limit || updated_.size() >= limit;
}

void RowWriter::erase(std::string_view tuple) {
  erased_.emplace_back(tuple);
  bytes_ += tuple.size();
  if (full()) flush();
}

void RowWriter::update(std::string_view before, std::string_view after) {
  const std::vector<changeset::Value> old = changeset::values_of(before);
  const std::vector<changeset::Value> now = changeset::values_of(after);
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    if (old.at(i) != now.at(i)) changed_[i] = true;
  }
  updated_.emplace_back(after);
  bytes_ += after.size();
  if (full()) flush();
}

void RowWriter::insert(std::string_view tuple) {
  if (batches_ == Batches::part) {
    inserted_.emplace_back(tuple);
    return;
  }
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
  if (full()) flush();
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

RowWriter::Part RowWriter::take_erased(std::size_t taken, const std::string& condition) {
  Part part{.sql = {},
            .parameters = {},
            .rows = static_cast<std::int64_t>(erased_.size()),
            .count = &rehearse::Counts::deleted};
  std::string from;
  if (const std::vector<std::uint32_t>& key = rows_.relation().key; !key.empty()) {
    from = fmt::format("USING {} WHERE {}", unnested(key.size(), taken), key_condition(key));
    part.parameters = arrays_of(erased_, key);
  } else {
    ArrayLiteral places;
    rows_.find({erased_.begin(), erased_.end()}, Locking::none, [&](std::size_t, std::optional<TableRows::Row> row) {
      if (row) places.add(row->ctid);
    });
    from = fmt::format("WHERE t.ctid = ANY (${}::pg_catalog.tid[])", taken + 1);
    part.parameters.emplace_back(places.take());
  }
  part.sql = fmt::format("DELETE FROM ONLY {} AS t {} AND {} RETURNING 1", qualified_, from, condition);
  erased_.clear();
  return part;
}

RowWriter::Part RowWriter::take_updated(std::size_t taken, const std::string& condition) {
  Part part{.sql = {},
            .parameters = {},
            .rows = static_cast<std::int64_t>(updated_.size()),
            .count = &rehearse::Counts::updated};
  std::vector<std::uint32_t> columns = rows_.relation().key;
  std::string set;
  for (std::uint32_t i = 0; i < changed_.size(); ++i) {
    if (!changed_[i] || !writable_[i]) continue;
    set += fmt::format("{}{} = k.v{}::{}", set.empty() ? "" : ", ",
                       pg::quote_identifier(rows_.relation().columns[i].name), columns.size(), types_[i]);
    columns.push_back(i);
  }
  if (!set.empty()) {
    part.sql = fmt::format("UPDATE ONLY {} AS t SET {} FROM {} WHERE {} AND {} RETURNING 1", qualified_, set,
                           unnested(columns.size(), taken), key_condition(columns), condition);
    part.parameters = arrays_of(updated_, columns);
  }
  updated_.clear();
  changed_.assign(changed_.size(), false);
  return part;
}

RowWriter::Part RowWriter::take_inserted(std::size_t taken, const std::string& condition) {
  Part part{.sql = {},
            .parameters = {},
            .rows = static_cast<std::int64_t>(inserted_.size()),
            .count = &rehearse::Counts::inserted};
  std::vector<std::uint32_t> columns;
  std::string values;
  for (std::uint32_t i = 0; i < writable_.size(); ++i) {
    if (!writable_[i]) continue;
    values += fmt::format("{}k.v{}::{}", values.empty() ? "" : ", ", columns.size(), types_[i]);
    columns.push_back(i);
  }
  const std::string from = columns.empty() ? fmt::format("pg_catalog.generate_series(1, {})", inserted_.size())
                                           : unnested(columns.size(), taken);
  part.sql = fmt::format("INSERT INTO {}{} OVERRIDING SYSTEM VALUE SELECT {} FROM {} WHERE {} RETURNING 1", qualified_,
                         writable_columns(), values, from, condition);
  part.parameters = arrays_of(inserted_, columns);
  inserted_.clear();
  return part;
}

// "No UPDATE" is a part without SQL: a row that differs in generated columns alone.
RowWriter::Part RowWriter::take(std::size_t taken, const std::string& condition) {
  bytes_ = 0;
  if (!erased_.empty()) return take_erased(taken, condition);
  if (!updated_.empty()) return take_updated(taken, condition);
  if (!inserted_.empty()) return take_inserted(taken, condition);
  return {};
}

void RowWriter::account(const Part& part, std::int64_t done) {
  if (done != part.rows) {
    throw base::Error(base::Code::refused,
                      fmt::format("{}: {} to be written, and the server wrote {}", rows_.relation().qualified(),
                                  base::count_of(part.rows, "row"), done),
                      "somebody else changed these rows, or a rule or trigger of the table did: try again");
  }
  written_.*part.count += part.rows;
}

void RowWriter::flush() {
  if (copied_rows_ > 0) copy_inserted();
  const Part part = take(0, "true");
  if (part.sql.empty()) return;
  const pg::OptionalText done = connection_.one_value(
      fmt::format("WITH done AS ({}) SELECT pg_catalog.count(*) FROM done", part.sql), part.parameters);
  account(part, std::stoll(done.value()));
}

// Each part looks how much the one before it has done, and so runs after it.
void RowWriter::flush_together(pg::Connection& connection, const std::vector<RowWriter*>& writers) {
  std::vector<std::pair<RowWriter*, Part>> parts;
  std::vector<pg::OptionalText> parameters;
  std::string sql;
  std::string counts;
  std::string condition = "true";
  for (RowWriter* writer : writers) {
    Part part = writer->take(parameters.size(), condition);
    if (part.sql.empty()) continue;
    const std::string count = fmt::format("(SELECT pg_catalog.count(*) FROM done{})", parts.size());
    sql += fmt::format("{} done{} AS ({})", sql.empty() ? "WITH" : ",", parts.size(), part.sql);
    counts += (counts.empty() ? "" : ", ") + count;
    condition = count + " >= 0";
    parameters.insert(parameters.end(), part.parameters.begin(), part.parameters.end());
    parts.emplace_back(writer, std::move(part));
  }
  if (parts.empty()) return;
  const pg::Row done = connection.one_row(fmt::format("{} SELECT {}", sql, counts), parameters);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].first->account(parts[i].second, std::stoll(done[i].value()));
}

// " (a, b)"; a table none of whose columns can be written takes rows of none, and no list of columns.
std::string RowWriter::writable_columns() const {
  std::string columns;
  for (std::size_t i = 0; i < writable_.size(); ++i) {
    if (!writable_[i]) continue;
    columns += (columns.empty() ? "" : ", ") + pg::quote_identifier(rows_.relation().columns[i].name);
  }
  return columns.empty() ? "" : fmt::format(" ({})", columns);
}

void RowWriter::copy_inserted() {
  bool sent = false;
  connection_.copy_in(fmt::format("COPY {}{} FROM STDIN", qualified_, writable_columns()), [&]() -> std::string_view {
    return std::exchange(sent, true) ? std::string_view() : std::string_view(copied_);
  });
  written_.inserted += copied_rows_;
  copied_.clear();
  copied_rows_ = 0;
  bytes_ = 0;
}

}  // namespace apply
