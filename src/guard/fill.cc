#include "guard/fill.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "guard/columns.h"

namespace guard {

namespace {

// nullopt: only a person knows. m.id is the row's.
std::optional<std::string> value_of_row(const Column& column) {
  if (column.category == 'S') {
    if (column.length < 0) return "'test ' || m.id";
    return column.unique ? fmt::format("right(m.id::text, {})", column.length)
                         : fmt::format("left('test ' || m.id, {})", column.length);
  }
  if (column.unique && (column.base == "int8" || column.base == "numeric")) return "m.id";
  return plain_value(column);
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
    const auto value = value_of_row(column);
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
