#include "apply/table_rows.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "changeset/tuple.h"
#include "pg/replication.h"

namespace apply {

namespace {

constexpr std::size_t rows_by_key = 50'000;
constexpr std::size_t rows_by_contents = 500'000;  // one reading of the table each; 40 bytes a row
constexpr std::size_t ids_shown_of_digest = 12;

std::string locking_clause(Locking locking) {
  switch (locking) {
    case Locking::none:
      break;
    case Locking::for_no_key_update:
      return " FOR NO KEY UPDATE OF t";
    case Locking::for_update:
      return " FOR UPDATE OF t";
  }
  return "";
}

std::string tuple_from(const std::vector<std::optional<std::string_view>>& values, std::size_t first) {
  changeset::TupleWriter writer;
  for (std::size_t i = first; i < values.size(); ++i) writer.add(values[i]);
  return writer.take();
}

std::map<std::string, std::string> wanted_settings() {
  std::map<std::string, std::string> wanted = pg::pinned_settings();
  wanted["search_path"] = "";
  wanted["row_security"] = "off";
  return wanted;
}

// Until the transaction ends.
template <typename Settings>
std::string setting(pg::Connection& connection, const Settings& settings) {
  std::string set;
  for (const auto& [name, value] : settings) {
    set += fmt::format("{}pg_catalog.set_config({}, {}, true)", set.empty() ? "SELECT " : ", ",
                       connection.quote_literal(name), connection.quote_literal(value));
  }
  return set;
}

}  // namespace

void ArrayLiteral::add(std::optional<std::string_view> value) {
  text_ += text_.empty() ? '{' : ',';
  if (!value) {
    text_ += "NULL";
    return;
  }
  text_ += '"';
  for (const char c : *value) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

std::string ArrayLiteral::take() {
  if (text_.empty()) text_ = "{";
  return std::exchange(text_, {}) + "}";
}

namespace {

// As in CSV: quoted where it could be taken for more than one.
std::string part_of_key(std::string_view value) {
  if (value.find_first_of(",\"") == std::string_view::npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string row_id(const changeset::Relation& relation, std::string_view tuple) {
  if (relation.key.empty()) return "#" + base::sha256_hex(tuple).substr(0, ids_shown_of_digest);
  const std::vector<changeset::Value> values = changeset::values_of(tuple);
  std::string id;
  for (const std::uint32_t column : relation.key) {
    if (!id.empty()) id += ',';
    const bool several = relation.key.size() > 1;
    id += values.at(column) ? (several ? part_of_key(*values.at(column)) : std::string(*values.at(column))) : "NULL";
  }
  return id;
}

PinnedSession::PinnedSession(pg::Connection& connection) : connection_(connection) {
  const std::map<std::string, std::string> wanted = wanted_settings();
  std::string read;
  for (const auto& [name, value] : wanted) {
    read += fmt::format("{}pg_catalog.current_setting({})", read.empty() ? "SELECT " : ", ",
                        connection.quote_literal(name));
  }
  const pg::Row values = connection.one_row(read);
  std::size_t at = 0;
  for (const auto& [name, value] : wanted) before_.emplace_back(name, values[at++].value_or(""));
  connection.none(pinning(connection));
}

std::string PinnedSession::pinning(pg::Connection& connection) {
  return setting(connection, wanted_settings());
}

void PinnedSession::restore() {
  connection_.none(setting(connection_, before_));
}

std::vector<std::string> column_types(pg::Connection& connection, const changeset::Relation& relation) {
  // With NULL in place of -1 a character(5) would be called "character", which as a cast cuts off all but one.
  std::map<std::string, std::string> types;
  for (const pg::Row& row :
       connection.rows("SELECT a.attname, pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_attribute a"
                       " WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped",
                       {pg::quote_qualified(relation.schema, relation.name)})) {
    types.emplace(row[0].value(), row[1].value());
  }
  std::vector<std::string> of_columns;
  for (const changeset::Column& column : relation.columns) {
    const auto type = types.find(column.name);
    if (type == types.end()) {
      throw base::Error(base::Code::refused,
                        types.empty() ? fmt::format("there is no table {}", relation.qualified())
                                      : fmt::format("{} has no column {}", relation.qualified(), column.name),
                        "tables are just being altered: try again when that has ended");
    }
    of_columns.push_back(type->second);
  }
  return of_columns;
}

namespace {

// A type of an extension has its own "=", in the extension's schema.
std::vector<std::string> equality_of_key(pg::Connection& connection, const changeset::Relation& relation) {
  std::map<std::string, std::string> operators;
  for (const pg::Row& row : connection.rows(
           "SELECT a.attname, n.nspname, o.oprname FROM pg_catalog.pg_index i"
           " CROSS JOIN LATERAL unnest(i.indkey::pg_catalog.int2[], i.indclass::pg_catalog.oid[]) AS k(number, class)"
           " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
           " JOIN pg_catalog.pg_opclass c ON c.oid = k.class"
           " JOIN pg_catalog.pg_am h ON h.oid = c.opcmethod AND h.amname = 'btree'"
           " JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype"
           " AND m.amoprighttype = c.opcintype AND m.amopstrategy = 3"
           " JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr"
           " JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace"
           " WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisprimary",
           {pg::quote_qualified(relation.schema, relation.name)})) {
    operators[row[0].value()] = fmt::format("OPERATOR({}.{})", pg::quote_identifier(row[1].value()), row[2].value());
  }
  std::vector<std::string> of_key;
  for (const std::uint32_t column : relation.key) {
    const auto found = operators.find(relation.columns.at(column).name);
    of_key.push_back(found == operators.end() ? "=" : found->second);
  }
  return of_key;
}

}  // namespace

TableRows::TableRows(pg::Connection& connection, const changeset::Relation& relation)
    : connection_(connection), relation_(relation), qualified_(pg::quote_qualified(relation.schema, relation.name)) {
  const std::vector<std::string> types = column_types(connection, relation);
  for (const changeset::Column& column : relation.columns) {
    columns_ += fmt::format("{}t.{}", columns_.empty() ? "" : ", ", pg::quote_identifier(column.name));
  }
  for (const std::uint32_t column : relation.key) key_types_.push_back(types.at(column));
  if (!relation.key.empty()) key_equal_ = equality_of_key(connection, relation);
}

std::size_t TableRows::batch(const changeset::Relation& relation) {
  return relation.key.empty() ? rows_by_contents : rows_by_key;
}

std::string TableRows::id_of(std::string_view tuple) const {
  return row_id(relation_, tuple);
}

void TableRows::find(const std::vector<std::string_view>& wanted, Locking locking,
                     const std::function<void(std::size_t, std::optional<Row>)>& visit) {
  if (wanted.empty()) return;
  if (relation_.key.empty()) {
    find_by_contents(wanted, locking, visit);
  } else {
    find_by_key(wanted, locking, visit);
  }
}

// Keys go over as arrays, so that one statement looks up thousands. LATERAL with OFFSET 0 makes it take one after the
// other, by index: the planner would rather read a whole table that it thinks is not in memory, but of these rows the
// script is about to need all, or just did.
TableRows::Lookup TableRows::by_key(const std::vector<std::string_view>& wanted, std::string_view extra,
                                    Locking locking) const {
  std::vector<ArrayLiteral> arrays(relation_.key.size());
  for (const std::string_view tuple : wanted) {
    const std::vector<changeset::Value> values = changeset::values_of(tuple);
    for (std::size_t i = 0; i < arrays.size(); ++i) arrays[i].add(values.at(relation_.key[i]));
  }
  Lookup lookup;
  std::string unnested;
  std::string names;
  std::string same;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    lookup.parameters.emplace_back(arrays[i].take());
    const std::string separator = i ? ", " : "";
    unnested += fmt::format("{}${}::text[]", separator, i + 1);
    names += fmt::format("{}k{}", separator, i);
    same +=
        fmt::format("{}t.{} {} k.k{}::{}", i ? " AND " : "",
                    pg::quote_identifier(relation_.columns[relation_.key[i]].name), key_equal_[i], i, key_types_[i]);
  }
  lookup.sql = fmt::format(
      "SELECT k.n, r.* FROM unnest({}) WITH ORDINALITY AS k({}, n), LATERAL (SELECT t.ctid, {}{}{} FROM ONLY {} t"
      " WHERE {} OFFSET 0{}) r",
      unnested, names, extra, columns_.empty() ? "" : ", ", columns_, qualified_, same, locking_clause(locking));
  return lookup;
}

TableRows::Found TableRows::found_in(const std::vector<std::optional<std::string_view>>& values) {
  return {.number = std::stoull(std::string(values.at(0).value())) - 1,
          .ctid = values.at(1).value(),
          .extra = values.at(2).value(),
          .tuple = tuple_from(values, 3)};
}

std::string TableRows::count_places() const {
  return fmt::format("SELECT count(*) FROM ONLY {} t WHERE t.ctid = ANY ($1::pg_catalog.tid[])", qualified_);
}

std::string TableRows::count_versions() const {
  return count_places() + " AND t.xmin = ANY ($2::pg_catalog.xid[])";
}

void TableRows::find_by_key(const std::vector<std::string_view>& wanted, Locking locking,
                            const std::function<void(std::size_t, std::optional<Row>)>& visit) {
  const Lookup lookup = by_key(wanted, "t.xmin", locking);
  std::vector<std::optional<Row>> rows(wanted.size());
  connection_.each_row(lookup.sql, lookup.parameters, [&](const auto& values) {
    Found found = found_in(values);
    rows.at(found.number) =
        Row{.ctid = std::string(found.ctid), .writer = std::string(found.extra), .tuple = std::move(found.tuple)};
  });
  for (std::size_t i = 0; i < rows.size(); ++i) visit(i, std::move(rows[i]));
}

// The whole table is read once, without locks; candidates are then locked by their place and looked at again.
void TableRows::find_by_contents(const std::vector<std::string_view>& wanted, Locking locking,
                                 const std::function<void(std::size_t, std::optional<Row>)>& visit) {
  struct HashDigest {
    std::size_t operator()(const base::RowHasher::Digest& digest) const { return digest[0]; }
  };
  const base::RowHasher hash;
  std::unordered_map<base::RowHasher::Digest, std::vector<std::size_t>, HashDigest> wishes;  // who wants such a row
  for (std::size_t i = wanted.size(); i-- > 0;) wishes[hash(wanted[i])].push_back(i);
  std::vector<std::string> places(wanted.size());
  const std::string list = columns_.empty() ? "" : ", " + columns_;
  connection_.each_row(fmt::format("SELECT t.ctid{} FROM ONLY {} t", list, qualified_), {}, [&](const auto& values) {
    const auto wish = wishes.find(hash(tuple_from(values, 1)));
    if (wish == wishes.end() || wish->second.empty()) return;
    std::string place(values.at(0).value());
    if (!found_.insert(place).second) return;
    places[wish->second.back()] = std::move(place);
    wish->second.pop_back();
  });
  std::unordered_map<std::string, std::size_t> by_place;
  ArrayLiteral candidates;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].empty()) continue;
    candidates.add(places[i]);
    by_place.emplace(places[i], i);
  }
  std::vector<bool> good(wanted.size());
  connection_.each_row(fmt::format("SELECT t.ctid{} FROM ONLY {} t WHERE t.ctid = ANY ($1::pg_catalog.tid[]){}", list,
                                   qualified_, locking_clause(locking)),
                       {candidates.take()}, [&](const auto& values) {
                         const auto place = by_place.find(std::string(values.at(0).value()));
                         if (place == by_place.end()) return;
                         good[place->second] = tuple_from(values, 1) == wanted[place->second];
                       });
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    visit(i, good[i] ? std::optional(Row{.ctid = places[i], .writer = {}, .tuple = std::string(wanted[i])})
                     : std::nullopt);
  }
}

}  // namespace apply
