#include "apply/captured.h"

#include <fmt/core.h>

#include "apply/relations.h"
#include "changeset/tuple.h"

namespace apply {

namespace {

constexpr std::string_view prefix = "pgrehearse_capture_";

std::set<std::uint32_t> reached_from(const pg::Catalog& catalog, const std::set<std::string>& tables) {
  std::set<std::uint32_t> reached;
  for (const auto& [oid, table] : catalog.tables) {
    if (tables.contains(table.qualified())) reached.insert({oid, table.root});
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (const pg::ForeignKey& key : catalog.foreign_keys) {
      if (reached.contains(key.target)) grown |= reached.insert(key.table).second;
    }
    for (const auto& [oid, table] : catalog.tables) {
      if (reached.contains(table.root)) grown |= reached.insert(oid).second;
    }
  }
  return reached;
}

// Tables that inherit or are inherited from: a statement that names one reaches rows of others.
std::set<std::uint32_t> related(pg::Connection& session) {
  std::set<std::uint32_t> tables;
  for (const pg::Row& row : session.rows("SELECT inhrelid FROM pg_catalog.pg_inherits"
                                         " UNION SELECT inhparent FROM pg_catalog.pg_inherits")) {
    tables.insert(static_cast<std::uint32_t>(std::stoul(row[0].value())));
  }
  return tables;
}

}  // namespace

Capture::Capture(pg::Connection& session, const pg::Catalog& catalog, const std::set<std::string>& tables)
    : session_(session), related_(related(session)) {
  for (const std::uint32_t oid : reached_from(catalog, tables)) {
    const auto table = catalog.tables.find(oid);
    if (table != catalog.tables.end() && table->second.kind == 'r') watch(table->second);
  }
}

void Capture::watch(const pg::Table& table) {
  Watched watched{.relation = relation_of(table),
                  .notes = fmt::format("pg_temp.{}{}", prefix, table.oid),
                  .table = pg::quote_qualified(table.schema, table.name)};
  std::string columns;
  for (const changeset::Column& column : watched.relation.columns) columns += pg::quote_identifier(column.name) + ", ";
  session_.none(
      fmt::format("CREATE TEMPORARY TABLE {}{} ON COMMIT DROP AS SELECT {}NULL::text AS \"~op\" FROM ONLY {} LIMIT 0",
                  prefix, table.oid, columns, watched.table));
  const bool by_row = related_.contains(table.oid);
  for (const std::string event : {"INSERT", "UPDATE", "DELETE"}) add_trigger(watched, event, by_row);
  watched_.push_back(std::move(watched));
}

void Capture::add_trigger(Watched& watched, const std::string& event, bool by_row) {
  const std::string name = fmt::format("{}{}_{}", prefix, watched.relation.oid, event);
  const std::string quoted = pg::quote_identifier(name);
  std::string of_old;
  std::string of_new;
  for (const changeset::Column& column : watched.relation.columns) {
    of_old += fmt::format("{}.{}, ", by_row ? "OLD" : "r", pg::quote_identifier(column.name));
    of_new += fmt::format("{}.{}, ", by_row ? "NEW" : "r", pg::quote_identifier(column.name));
  }
  std::string body;
  std::string referencing;
  if (event != "INSERT") {
    body += fmt::format("INSERT INTO {} SELECT {}'D'{}; ", watched.notes, of_old, by_row ? "" : " FROM old_rows r");
    referencing += " OLD TABLE AS old_rows";
  }
  if (event != "DELETE") {
    body += fmt::format("INSERT INTO {} SELECT {}'I'{}; ", watched.notes, of_new, by_row ? "" : " FROM new_rows r");
    referencing += " NEW TABLE AS new_rows";
  }
  // As ourselves, whoever a cascade runs as; ALWAYS, whatever session_replication_role says.
  session_.none(
      fmt::format("CREATE FUNCTION pg_temp.{}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
                  " SET search_path = pg_catalog, pg_temp AS {}",
                  quoted, session_.quote_literal("BEGIN " + body + "RETURN NULL; END")));
  session_.none(fmt::format("CREATE TRIGGER {} AFTER {} ON {}{} FOR EACH {} EXECUTE FUNCTION pg_temp.{}()", quoted,
                            event, watched.table, by_row ? "" : " REFERENCING" + referencing,
                            by_row ? "ROW" : "STATEMENT", quoted));
  session_.none(fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}", watched.table, quoted));
  watched.triggers.push_back(quoted);
  watched.functions.push_back("pg_temp." + quoted);
}

void Capture::collect(changeset::Writer& out) {
  for (const Watched& watched : watched_) {
    const std::uint32_t relation = out.add(watched.relation);
    std::string columns;
    for (const changeset::Column& column : watched.relation.columns)
      columns += ", " + pg::quote_identifier(column.name);
    // Rows were only ever appended: their places are their order.
    session_.each_row(
        fmt::format("SELECT \"~op\"{} FROM {} ORDER BY ctid", columns, watched.notes), {}, [&](const auto& values) {
          changeset::TupleWriter tuple;
          for (std::size_t i = 1; i < values.size(); ++i) tuple.add(values[i]);
          const bool gone = values.at(0) == "D";
          changeset::Change change{.relation = relation, .op = gone ? changeset::Op::erase : changeset::Op::insert};
          (gone ? change.before : change.after) = tuple.take();
          out.add(change);
        });
    for (const std::string& trigger : watched.triggers) {
      session_.none(fmt::format("DROP TRIGGER {} ON {}", trigger, watched.table));
    }
    for (const std::string& function : watched.functions) session_.none(fmt::format("DROP FUNCTION {}()", function));
    session_.none("DROP TABLE " + watched.notes);
  }
  watched_.clear();
}

}  // namespace apply
