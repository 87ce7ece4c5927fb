#include "guard/fill.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "pg/catalog_parts.h"

namespace guard {

namespace {

struct Column {
  std::string name;
  std::string type;          // as SQL of this session writes it
  std::string base;          // below all domains: "int4"
  char category = 'U';       // pg_type.typcategory of that
  char kind = 'b';           // its typtype
  std::int64_t length = -1;  // of character types, -1: any
  std::string label;         // an enum's first
  bool has_to = false;       // NOT NULL, and nothing fills it
  bool generated = false;
  bool refers = false;  // part of a foreign key
  bool unique = false;  // part of a unique index
};

std::vector<Column> read_columns(pg::Connection& connection, const BoundTable& table) {
  std::vector<Column> columns;
  for (const pg::Row& row : connection.rows(
           "with recursive base as ("
           "  select a.attnum, t.oid, a.atttypmod as typmod, a.attnotnull as needed, false as preset"
           "  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid"
           "  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped"
           "  union all"
           "  select b.attnum, d.typbasetype, d.typtypmod, b.needed or d.typnotnull, b.preset or d.typdefault is not "
           "null"
           "  from base b join pg_catalog.pg_type d on d.oid = b.oid where d.typtype = 'd')"
           "select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname, t.typcategory, t.typtype,"
           "  case when t.typname in ('varchar', 'bpchar') and b.typmod > 4 then b.typmod - 4 else -1 end,"
           "  (select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder limit "
           "1),"
           "  b.needed and not b.preset and not a.atthasdef and a.attidentity = '',"
           "  a.attgenerated <> '' or a.attidentity = 'a',"
           "  exists (select from pg_catalog.pg_constraint k where k.conrelid = $1 and k.contype = 'f'"
           "          and a.attnum = any (k.conkey)),"
           "  exists (select from pg_catalog.pg_index i where i.indrelid = $1 and i.indisunique"
           "          and a.attnum = any (i.indkey))"
           " from base b join pg_catalog.pg_type t on t.oid = b.oid"
           " join pg_catalog.pg_attribute a on a.attrelid = $1 and a.attnum = b.attnum"
           " where t.typtype <> 'd' order by a.attnum",
           {std::to_string(table.oid)})) {
    columns.push_back({.name = pg::to_text(row[0]),
                       .type = pg::to_text(row[1]),
                       .base = pg::to_text(row[2]),
                       .category = pg::to_char(row[3]),
                       .kind = pg::to_char(row[4]),
                       .length = pg::to_integer(row[5]),
                       .label = pg::to_text(row[6]),
                       .has_to = pg::to_bool(row[7]),
                       .generated = pg::to_bool(row[8]),
                       .refers = pg::to_bool(row[9]),
                       .unique = pg::to_bool(row[10])});
  }
  return columns;
}

// nullopt: only a person knows.
std::optional<std::string> plain_value(const Column& column) {
  if (column.category == 'S') {
    if (column.length < 0) return "'test ' || m.id";
    return column.unique ? fmt::format("right(m.id::text, {})", column.length)
                         : fmt::format("left('test ' || m.id, {})", column.length);
  }
  if (column.base == "uuid") return "gen_random_uuid()";
  if (column.unique) return column.base == "int8" || column.base == "numeric" ? std::optional("m.id") : std::nullopt;
  if (column.category == 'N') return "0";
  if (column.category == 'B') return "false";
  if (column.category == 'A') return "'{}'";
  if (column.kind == 'r') return "'empty'";
  if (column.kind == 'm') return "'{}'";
  static constexpr std::array values = {std::pair("date", "current_date"),
                                        std::pair("timestamp", "localtimestamp"),
                                        std::pair("timestamptz", "now()"),
                                        std::pair("time", "localtime"),
                                        std::pair("timetz", "current_time"),
                                        std::pair("interval", "interval '0'"),
                                        std::pair("json", "'{}'"),
                                        std::pair("jsonb", "'{}'"),
                                        std::pair("bytea", "''"),
                                        std::pair("inet", "'127.0.0.1'"),
                                        std::pair("cidr", "'127.0.0.1'")};
  for (const auto& [type, value] : values) {
    if (column.base == type) return value;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_own(const BoundTable& table, const std::string& name) {
  throw base::Error(base::Code::refused, fmt::format("{} of a test row is not set by hand", name),
                    fmt::format("nothing was created; {} comes from the population's own ids, and {} is the population",
                                table.id.name, table.population.name));
}

class Filler {
 public:
  Filler(pg::Connection& connection, const BoundTable& table)
      : connection_(connection), table_(table), columns_(read_columns(connection, table)) {}

  std::vector<Filling> fill(const std::vector<std::pair<std::string, std::string>>& set) {
    std::vector<Filling> fillings;
    for (const auto& [name, value] : set) fillings.push_back(given(name, value));
    std::string missing;
    for (const Column& column : columns_) {
      if (!column.has_to || column.name == table_.id.name || column.name == table_.population.name) continue;
      const auto named = [&](const auto& pair) { return pair.first == column.name; };
      if (std::any_of(set.begin(), set.end(), named)) continue;
      if (const auto filling = invented(column)) {
        fillings.push_back(*filling);
      } else {
        missing += fmt::format("{}{} ({}{})", missing.empty() ? "" : ", ", column.name, column.type,
                               column.refers ? ", a foreign key" : "");
      }
    }
    if (!missing.empty()) {
      throw base::Error(base::Code::usage,
                        fmt::format("columns of {} need a value that only you know: {}", table_.qualified(), missing),
                        "nothing was created; give each with --set COLUMN=VALUE");
    }
    return fillings;
  }

 private:
  Filling given(const std::string& name, const std::string& value) {
    if (name == table_.id.name || name == table_.population.name) refuse_own(table_, name);
    const auto column =
        std::find_if(columns_.begin(), columns_.end(), [&](const Column& each) { return each.name == name; });
    const auto fail = [&](const std::string& what) {
      throw base::Error(base::Code::usage, fmt::format("--set {}: {}", base::one_line(name, 60), what),
                        "nothing was created");
    };
    if (column == columns_.end()) fail(fmt::format("{} has no such column", table_.qualified()));
    if (column->generated) fail("the column is generated, and takes no value");
    // A cast to varchar(3) cuts, an assignment complains.
    const std::string type = column->category == 'S' ? "text" : column->type;
    try {
      connection_.none(fmt::format("select $1::{}", type), {value});
    } catch (const base::Error& error) {
      if (error.sqlstate().substr(0, 2) != "22" && error.sqlstate().substr(0, 2) != "23") throw;
      fail(error.message());
    }
    return {pg::quote_identifier(name), fmt::format("{{}}::{}", type), value};
  }

  static std::optional<Filling> invented(const Column& column) {
    if (column.refers) return std::nullopt;
    const std::string name = pg::quote_identifier(column.name);
    if (column.kind == 'e' && !column.unique && !column.label.empty())
      return Filling{name, fmt::format("{{}}::{}", column.type), column.label};
    const auto value = plain_value(column);
    return value ? std::optional(Filling{name, fmt::format("({})::{}", *value, column.type), std::nullopt})
                 : std::nullopt;
  }

  pg::Connection& connection_;
  const BoundTable& table_;
  const std::vector<Column> columns_;
};

}  // namespace

std::vector<Filling> fill_columns(pg::Connection& connection, const BoundTable& table,
                                  const std::vector<std::pair<std::string, std::string>>& set) {
  return Filler(connection, table).fill(set);
}

}  // namespace guard
