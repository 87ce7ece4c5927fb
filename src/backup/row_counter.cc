#include "backup/row_counter.h"

#include <fmt/core.h>
#include <libpq-fe.h>

#include <charconv>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace backup {

namespace {

// What pg_dump takes the rows of: ordinary tables that are nobody's temporary ones and belong to no extension (whose
// configuration tables are dumped in part only).
constexpr const char* tables_query = R"(
  select n.nspname, c.relname
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
  order by 1, 2)";

}  // namespace

RowCounter::RowCounter(pg::Connection& connection) : connection_(connection) {
  for (const pg::Row& row : connection.rows(tables_query)) tables_.push_back({*row[0], *row[1], 0});
  ask();
}

int RowCounter::fd() const {
  return PQsocket(connection_.raw());
}

void RowCounter::ask() {
  if (asked_ == tables_.size()) return;
  const repository::TableRows& table = tables_[asked_];
  const std::string query =
      fmt::format("select pg_catalog.count(*) from only {}", pg::quote_qualified(table.schema, table.name));
  if (PQsendQuery(connection_.raw(), query.c_str()) != 1)
    throw base::Error(base::Code::server, base::one_line(PQerrorMessage(connection_.raw()), 300));
  ++asked_;
  asking_ = true;
}

void RowCounter::advance() {
  if (!asking_) return;
  if (PQconsumeInput(connection_.raw()) != 1)
    throw base::Error(base::Code::server, base::one_line(PQerrorMessage(connection_.raw()), 300),
                      "the backup was given up; nothing of it counts");
  while (asking_ && PQisBusy(connection_.raw()) == 0) take_answer();
}

void RowCounter::take_answer() {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQgetResult(connection_.raw()), PQclear);
  if (!result) {
    asking_ = false;
    ask();
    return;
  }
  repository::TableRows& table = tables_[asked_ - 1];
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    base::Error error(base::Code::server,
                      fmt::format("the rows of {} cannot be counted: {}", pg::quote_qualified(table.schema, table.name),
                                  base::one_line(PQresultErrorMessage(result.get()), 300)),
                      "a backup needs SELECT on every table; row-level security must not hide rows from the role");
    throw error.with_sqlstate(state ? state : "");
  }
  const std::string_view text = PQgetvalue(result.get(), 0, 0);
  std::from_chars(text.data(), text.data() + text.size(), table.rows);
}

}  // namespace backup
