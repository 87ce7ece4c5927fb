#include "pg/catalog.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "pg/catalog_parts.h"

namespace pg {
namespace {

// A read-only transaction that sees one state, with nothing but pg_catalog in the search path. Undone unless closed.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) {
    if (connection_.in_transaction())
      throw base::Error(base::Code::internal, "the catalog is read outside transactions");
    connection_.script(
        "begin isolation level repeatable read, read only; set local search_path = ''; set local jit = off");
  }
  ~Snapshot() {
    if (closed_) return;
    try {
      connection_.script("rollback");
    } catch (const base::Error&) {
      // What went wrong first is on its way already.
    }
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  void close() {
    connection_.script("commit");
    closed_ = true;
  }

 private:
  Connection& connection_;
  bool closed_ = false;
};

// The relation of one of `kinds` that `name` means; 0: none.
std::uint32_t resolve(Connection& connection, const std::string& name, const char* kinds, std::string_view what) {
  try {
    const auto row = connection.maybe_row(
        "select oid from pg_catalog.pg_class where oid = pg_catalog.to_regclass($1) and relkind = any ($2::\"char\"[])",
        {name, kinds});
    return row ? to_oid(row->front()) : 0;
  } catch (const base::Error& error) {
    // to_regclass() throws on text that is no name at all up to 15, and on one with too many dots in every version.
    for (const std::string_view malformed : {"42602", "42601", "0A000", "22023"}) {
      if (error.sqlstate() != malformed) continue;
      throw base::Error(base::Code::contract, base::one_line(name, 100) + " is not the name of a " + std::string(what),
                        "write name or schema.name, with double quotes where SQL would need them");
    }
    throw;
  }
}

}  // namespace

const Column* Table::column(std::string_view wanted) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& candidate) { return candidate.name == wanted; });
  return found == columns.end() ? nullptr : &*found;
}

const Table* Catalog::find(std::string_view schema, std::string_view name) const {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& entry) {
    return entry.second.schema == schema && entry.second.name == name;
  });
  return found == tables.end() ? nullptr : &found->second;
}

Catalog read_catalog(Connection& connection) {
  Snapshot snapshot(connection);
  Catalog catalog;
  catalog.tables = read_tables(connection);
  catalog.foreign_keys = read_foreign_keys(connection);
  catalog.sequences = read_sequences(connection);
  read_relation_definitions(connection, catalog.definitions);
  read_routine_definitions(connection, catalog.definitions);
  read_cluster_definitions(connection, catalog.definitions);
  snapshot.close();
  return catalog;
}

// Every version of a catalog's row has the xid that wrote it, and a later one is larger: what is written without a
// change in the number of rows raises the sum.
std::string catalog_state(Connection& connection) {
  std::string sql;
  for (const char* catalog : {"pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_inherits",
                              "pg_type", "pg_enum", "pg_sequence", "pg_namespace"}) {
    sql += std::string(sql.empty() ? "" : " union all ") +
           "select pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum(xmin::text::int8)) from pg_catalog." +
           catalog;
  }
  std::string state;
  for (const Row& row : connection.rows(sql)) state += to_text(row.front()) + ";";
  return state;
}

std::uint32_t resolve_table(Connection& connection, const std::string& name) {
  return resolve(connection, name, "{r,p}", "table");
}

std::uint32_t resolve_sequence(Connection& connection, const std::string& name) {
  return resolve(connection, name, "{S}", "sequence");
}

}  // namespace pg
