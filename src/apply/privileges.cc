#include "apply/privileges.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "apply/lacking.h"
#include "sql/facts.h"
#include "sql/lexer.h"

namespace apply {

namespace {

// After it, statements may run as somebody else, or mean other tables by the same names.
bool may_change_who_or_where(std::string_view statement) {
  sql::Lexer lexer(statement);
  const std::string_view first = lexer.text(lexer.next());
  bool may = sql::is_word(first, "set") || sql::is_word(first, "reset") || sql::is_word(first, "discard");
  for (sql::Token token = lexer.next(); !may && token.kind != sql::TokenKind::end; token = lexer.next()) {
    may = sql::is_word(lexer.text(token), "set_config") || token.kind == sql::TokenKind::unterminated;
  }
  return may;
}

std::vector<std::string> needed_for(const sql::Write& write) {
  switch (write.kind) {
    case sql::Kind::insert:
    case sql::Kind::copy_from:
      return write.upsert ? std::vector<std::string>{"INSERT", "UPDATE"} : std::vector<std::string>{"INSERT"};
    case sql::Kind::update:
      return {"UPDATE"};
    case sql::Kind::erase:
      return {"DELETE"};
    default:
      return {};
  }
}

class Needs {
 public:
  explicit Needs(Target& target) : session_(target.session()), role_(target.role()) {}

  void need_to_read(const changeset::Relation& relation) {
    const std::string table = pg::quote_qualified(relation.schema, relation.name);
    std::string columns;
    for (const changeset::Column& column : relation.columns) {
      columns += fmt::format("{}pg_catalog.has_column_privilege(c.oid, {}, 'SELECT')", columns.empty() ? "" : " AND ",
                             session_.quote_literal(column.name));
    }
    const auto row = session_.maybe_row(
        fmt::format("SELECT CASE WHEN pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN true ELSE {} END,"
                    " pg_catalog.row_security_active(c.oid)"
                    " FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)",
                    columns.empty() ? "false" : columns),
        {table});
    if (!row) return;  // altered_definitions() says that
    if (row->at(0) != "t") lacking_[table].insert("SELECT");
    if (row->at(1) == "t") hidden_.push_back(table);
  }

  void need(const std::string& table, const std::string& privilege) {
    const bool of_columns = privilege == "INSERT" || privilege == "UPDATE";
    const auto row = session_.maybe_row(
        fmt::format("SELECT n.nspname, c.relname, pg_catalog.{}(c.oid, $2) FROM pg_catalog.pg_class c"
                    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = "
                    "pg_catalog.to_regclass($1) AND c.relkind IN ('r', 'p', 'v', 'f')",
                    of_columns ? "has_any_column_privilege" : "has_table_privilege"),
        {table, privilege});
    if (row && row->at(2) != "t") lacking_[pg::quote_qualified(*row->at(0), *row->at(1))].insert(privilege);
  }

  // Who may make a trigger may not drop it, unless the table is theirs.
  void need_to_capture(const changeset::Relation& relation) {
    const std::string table = pg::quote_qualified(relation.schema, relation.name);
    const auto row = session_.maybe_row(
        "SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class c"
        " WHERE c.oid = pg_catalog.to_regclass($1)",
        {table});
    if (row && row->at(0) != "t") not_owned_.push_back(table);
  }

  void need_temporary_tables() {
    const pg::Row row = session_.one_row(
        "SELECT pg_catalog.current_database(),"
        " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')");
    if (row[1] != "t") lacking_["DATABASE " + pg::quote_identifier(row[0].value())].insert("TEMPORARY");
  }

  void need_to_draw(const pg::Sequence& sequence) {
    const bool may = session_.one_value("SELECT pg_catalog.has_sequence_privilege($1::pg_catalog.oid, 'USAGE')",
                                        {std::to_string(sequence.oid)}) == "t";
    if (!may) lacking_["SEQUENCE " + pg::quote_qualified(sequence.schema, sequence.name)].insert("USAGE");
  }

  std::vector<Reason> reasons() const {
    std::vector<Reason> reasons;
    if (!lacking_.empty()) {
      reasons.push_back({"lacks-privileges",
                         fmt::format("role {} lacks {}", role_, fmt::join(described(lacking_), "; ")),
                         grants_for(lacking_, role_) + ";"});
    }
    if (!not_owned_.empty()) {
      reasons.push_back(
          {"lacks-privileges",
           fmt::format("the proof `captured` makes triggers on {} and drops them, and role {} is not their "
                       "owner",
                       fmt::join(not_owned_, ", "), role_),
           "apply as their owner, or say --proof locked-rows"});
    }
    if (!hidden_.empty()) {
      reasons.push_back({"lacks-privileges",
                         fmt::format("row-level security of {} applies to role {}, which might not see every row",
                                     fmt::join(hidden_, ", "), role_),
                         "apply as a role with BYPASSRLS, or as the tables' owner where it is not forced"});
    }
    return reasons;
  }

 private:
  pg::Connection& session_;
  std::string role_;
  Lacking lacking_;
  std::vector<std::string> hidden_;
  std::vector<std::string> not_owned_;
};

void need_for_statements(const OneTransaction& script, Needs& needs) {
  for (const OneTransaction::Statement& statement : script.statements) {
    const sql::Facts facts = sql::analyse(statement.text);
    if (facts.opaque || may_change_who_or_where(statement.text)) return;
    for (const sql::Write& write : facts.writes) {
      const std::string table = write.table.schema.empty() ? pg::quote_identifier(write.table.name)
                                                           : pg::quote_qualified(write.table.schema, write.table.name);
      for (const std::string& privilege : needed_for(write)) needs.need(table, privilege);
    }
  }
}

}  // namespace

std::vector<Reason> lacking_privileges(Target& target, const Job& job, const pg::Catalog& catalog, ProofKind proof) {
  Needs needs(target);
  for (const changeset::Relation& relation : job.planned->relations()) {
    needs.need_to_read(relation);
    if (proof == ProofKind::captured) needs.need_to_capture(relation);
  }
  if (proof == ProofKind::captured) needs.need_temporary_tables();
  if (!by_rows(job.plan())) need_for_statements(job.transaction, needs);
  for (const auto& [oid, sequence] : catalog.sequences) {
    const auto& moves = job.plan().sequences;
    const bool moved =
        std::any_of(moves.begin(), moves.end(), [&](const auto& move) { return move.name == sequence.qualified(); });
    if (moved && by_rows(job.plan())) needs.need_to_draw(sequence);
  }
  return needs.reasons();
}

}  // namespace apply
