#include "guard/bind.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "contract/test_ids.h"
#include "guard/grants.h"
#include "pg/catalog.h"
#include "pg/misnamed.h"

namespace guard {

namespace {

[[noreturn]] void disagree(const contract::Contract& contract, int line, const std::string& message,
                           const std::string& hint = "the contract and the database disagree: correct one of them") {
  throw base::Error(base::Code::contract, fmt::format("{}:{}: {}", contract.file.string(), line, message), hint);
}

struct Found {
  BoundColumn column;
  char type = 'b';  // pg_type.typtype of the type below all domains
};

class Binder {
 public:
  Binder(const contract::Contract& contract, pg::Connection& connection, Absent absent)
      : contract_(contract), connection_(connection), absent_(absent) {}

  BoundTable table(const contract::Table& declared) {
    const std::uint32_t oid = pg::resolve_table(connection_, declared.name);
    if (!oid) no_table(declared);
    const pg::Row row = connection_.one_row(
        "select n.nspname, c.relname, c.relkind = 'p', n.nspname = (pg_catalog.current_schemas(false))[1]"
        " from pg_catalog.pg_class c"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1",
        {std::to_string(oid)});
    BoundTable bound{.declared = &declared,
                     .oid = oid,
                     .partitioned = row[2] == "t",
                     .schema_leads = row[3] == "t",
                     .schema = *row[0],
                     .name = *row[1]};
    const Found id = column(bound, declared.id, declared.id_line);
    static constexpr std::array whole = {"int2", "int4", "int8", "numeric"};
    if (std::find(whole.begin(), whole.end(), id.column.base) == whole.end()) {
      disagree(contract_, declared.id_line,
               fmt::format("{}.{} is of type {}, and ids are whole numbers", bound.qualified(), declared.id,
                           id.column.type));
    }
    bound.id = id.column;
    if (absent_ == Absent::may_be_absent && !has_column(bound, declared.population)) {
      bound.population = {.name = declared.population, .type = "text", .base = "text", .base_type = "pg_catalog.text"};
      return bound;
    }
    const Found population = column(bound, declared.population, declared.population_line);
    bound.population = population.column;
    if (population.column.base == "bool")
      bound.kind = Kind::boolean;
    else if (population.type != 'b' || (population.column.base != "text" && population.column.base != "varchar"))
      bound.kind = Kind::other;
    if (bound.kind != Kind::text) require_values(bound);
    return bound;
  }

  std::uint32_t sequence(const contract::Population& population) {
    const std::string& name = population.minted_by->sequence;
    const std::uint32_t oid = pg::resolve_sequence(connection_, name);
    if (oid) return oid;
    const auto other = pg::kind_under(connection_, name);
    if (!other && absent_ == Absent::may_be_absent) return 0;
    disagree(contract_, population.line,
             other ? fmt::format("{} is {}, not a sequence", name, *other)
                   : fmt::format("sequence {} does not exist in the database", name));
  }

 private:
  [[noreturn]] void no_table(const contract::Table& declared) {
    if (const auto other = pg::kind_under(connection_, declared.name)) {
      disagree(contract_, declared.line, fmt::format("{} is {}, not a table", declared.name, *other),
               "name the table that holds the rows");
    }
    const std::string absent = fmt::format("table {} does not exist in the database", declared.name);
    const auto alike = pg::table_alike(connection_, declared.name);
    if (!alike) disagree(contract_, declared.line, absent);
    disagree(contract_, declared.line,
             alike->is_elsewhere ? fmt::format("table {} is not in the search path", declared.name) : absent,
             alike->advice());
  }

  // An enum, a number or a boolean cannot hold every name.
  void require_values(const BoundTable& table) {
    for (const contract::Population& population : table.declared->populations) {
      try {
        connection_.one_value(fmt::format("select cast({} as {})", connection_.quote_literal(population.name),
                                          table.population.base_type));
      } catch (const base::Error& error) {
        if (!error.sqlstate().starts_with("22")) throw;
        disagree(contract_, population.line,
                 fmt::format("{}.{} is of type {} and cannot hold “{}”", table.qualified(), table.population.name,
                             table.population.type, population.name));
      }
    }
  }

  bool has_column(const BoundTable& table, const std::string& name) {
    return connection_.one_value(
               "select exists (select from pg_catalog.pg_attribute where attrelid = $1 and attname = $2 and attnum > 0"
               " and not attisdropped)",
               {std::to_string(table.oid), name}) == "t";
  }

  Found column(const BoundTable& table, const std::string& name, int line) {
    const auto row = connection_.maybe_row(
        "with recursive base as ("
        "  select a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) as shown, a.attnotnull, t.oid,"
        "         t.typname, t.typtype, t.typbasetype"
        "  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid"
        "  where a.attrelid = $1 and a.attname = $2 and a.attnum > 0 and not a.attisdropped"
        "  union all"
        "  select b.attnum, b.attname, b.shown, b.attnotnull or d.typnotnull, t.oid, t.typname, t.typtype, "
        "t.typbasetype"
        "  from base b join pg_catalog.pg_type d on d.oid = b.oid join pg_catalog.pg_type t on t.oid = b.typbasetype"
        "  where b.typtype = 'd')"
        "select b.attnum, b.attname, b.shown, b.attnotnull, b.typname, b.typtype,"
        " pg_catalog.format('%I.%I', n.nspname, b.typname)"
        " from base b join pg_catalog.pg_type t on t.oid = b.oid"
        " join pg_catalog.pg_namespace n on n.oid = t.typnamespace where b.typtype <> 'd'",
        {std::to_string(table.oid), name});
    if (!row) disagree(contract_, line, fmt::format("table {} has no column {}", table.qualified(), name));
    Found found;
    found.column = {.number = std::stoi(*(*row)[0]),
                    .name = *(*row)[1],
                    .type = *(*row)[2],
                    .base = *(*row)[4],
                    .base_type = *(*row)[6],
                    .not_null = (*row)[3] == "t"};
    found.type = (*row)[5]->front();
    return found;
  }

  const contract::Contract& contract_;
  pg::Connection& connection_;
  const Absent absent_;
};

}  // namespace

contract::IdRange BoundTable::fitting_ids() const {
  if (id.base == "int2") return {std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()};
  if (id.base == "int4") return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  return {};
}

std::string BoundTable::id_number() const {
  using Limits = std::numeric_limits<std::int64_t>;
  if (id.base != "numeric") return id.quoted();
  return fmt::format("greatest(least(trunc({}), {}), {})::int8", id.quoted(), Limits::max(), Limits::min());
}

std::string BoundTable::population_text(std::string_view alias) const {
  std::string column = population.quoted();
  if (!alias.empty()) column = fmt::format("{}.{}", alias, column);
  return kind == Kind::boolean ? fmt::format("left({}::text, 1)", column) : fmt::format("{}::text", column);
}

std::string BoundTable::canonical(const std::string& value) const {
  if (kind != Kind::boolean) return value;
  if (value == "true") return "t";
  return value == "false" ? "f" : value;
}

std::string BoundTable::spelt(const std::string& value) const {
  const contract::Population* population = find(value);
  return population ? population->name : value;
}

contract::IdRange BoundTable::test_ids() const {
  return contract::test_ids_within(fitting_ids().high);
}

const contract::Population* BoundTable::find(const std::string& value) const {
  const auto found = std::find_if(declared->populations.begin(), declared->populations.end(),
                                  [&](const auto& population) { return canonical(population.name) == value; });
  return found == declared->populations.end() ? nullptr : &*found;
}

Bound bind(const contract::Contract& contract, pg::Connection& connection, Absent absent) {
  Binder binder(contract, connection, absent);
  Bound bound;
  for (const contract::Table& declared : contract.tables) {
    bound.tables.push_back(binder.table(declared));
    for (const contract::Population& population : declared.populations) {
      if (!population.minted_by) continue;
      bound.mints.push_back({bound.tables.size() - 1, &population, binder.sequence(population)});
    }
  }
  return bound;
}

void require_tables(const contract::Contract& contract, std::string_view command) {
  if (!contract.tables.empty()) return;
  throw base::Error(base::Code::contract,
                    fmt::format("{} names no table: {} has nothing to look at", contract.file.string(), command),
                    "add [tables.NAME], or let `pgrehearse init` propose one");
}

void require_privileges(const Bound& bound, pg::Connection& connection) {
  Grants lacking(connection);
  for (const BoundTable& table : bound.tables) lacking.columns(table);
  for (const BoundMint& mint : bound.mints) {
    if (mint.sequence) lacking.sequence(mint.sequence, "SELECT");
  }
  const std::string& role = lacking.role();
  const std::vector<std::string> grants = lacking.take();
  if (!grants.empty()) {
    throw base::Error(base::Code::server,
                      fmt::format("role {} may not read what the contract names: permission denied for {}", role,
                                  base::count_of(static_cast<std::int64_t>(grants.size()), "object")),
                      fmt::format("nothing was changed; as their owner run: {}", fmt::join(grants, " ")))
        .with_sqlstate("42501");
  }
  for (const BoundTable& table : bound.tables) {
    const auto active =
        connection.one_value("select pg_catalog.row_security_active($1::oid)", {std::to_string(table.oid)});
    if (active != "t") continue;
    throw base::Error(
        base::Code::server, fmt::format("row-level security hides rows of {} from role {}", table.qualified(), role),
        "nothing was changed; use the table's owner, or a role with BYPASSRLS: what is hidden cannot be audited");
  }
}

}  // namespace guard
