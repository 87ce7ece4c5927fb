#include "apply/production_checks.h"

#include <fmt/core.h>

#include <map>
#include <set>

#include "apply/transaction_words.h"
#include "rehearse/definitions.h"
#include "sql/lexer.h"

namespace apply {

std::vector<Reason> wrong_target(const rehearse::Plan& plan, const Target& target) {
  std::vector<Reason> reasons;
  const Identity& identity = target.identity();
  if (!plan.system_identifier.empty() && plan.system_identifier != identity.system_identifier) {
    reasons.push_back({"wrong-target",
                       fmt::format("the plan was made on another server: its system identifier is {}, the target's {}",
                                   plan.system_identifier, identity.system_identifier),
                       "name the server that the plan was made on with --to, or make a plan from this one"});
  }
  if (plan.database != identity.database) {
    reasons.push_back(
        {"wrong-target",
         fmt::format("the plan was made on database {}, and the target is {}", plan.database, identity.database),
         "name the database that the plan was made on with --to"});
  }
  return reasons;
}

std::vector<Difference> altered_definitions(const rehearse::Plan& plan, const pg::Catalog& production) {
  std::set<std::string> tables;
  for (const rehearse::TableEffect& effect : plan.effects) tables.insert(effect.table);
  std::map<std::string, std::string> now;
  for (const rehearse::Definition& definition : rehearse::relevant_definitions(production, tables)) {
    now.emplace(definition.object, definition.sha256);
  }
  DifferenceList differences;
  for (const rehearse::Definition& definition : plan.definitions) {
    const auto found = now.find(definition.object);
    if (found == now.end()) {
      differences.at(DifferenceKind::definition, definition.object,
                     "it was there at the rehearsal, and is not any more");
    } else if (found->second != definition.sha256) {
      differences.at(DifferenceKind::definition, definition.object, "it was altered since the rehearsal");
    }
    if (found != now.end()) now.erase(found);
  }
  for (const auto& [object, digest] : now) {
    differences.at(DifferenceKind::definition, object, "it was not there at the rehearsal");
  }
  return differences.take();
}

std::vector<Reason> committing_procedures(pg::Connection& connection, const OneTransaction& script) {
  std::vector<Reason> reasons;
  for (const OneTransaction::Statement& statement : script.statements) {
    sql::Lexer lexer(statement.text);
    if (!sql::is_word(lexer.text(lexer.next()), "call")) continue;
    std::string name;
    for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::open && token.kind != sql::TokenKind::end;
         token = lexer.next()) {
      name = lexer.text(token);
    }
    const pg::OptionalText ends = connection.one_value(
        "SELECT coalesce(bool_or(p.prosrc ~* '\\y(commit|rollback)\\y'), false) FROM pg_catalog.pg_proc p"
        " WHERE p.prokind = 'p' AND pg_catalog.quote_ident(p.proname) = $1",
        {name});
    if (ends != "t") continue;
    reasons.push_back(
        {"not-one-transaction",
         fmt::format("{}:{}: the procedure {} ends the transaction", statement.file, statement.line, name),
         "an apply is one transaction: call a procedure that does not commit"});
  }
  return reasons;
}

void add_locked_away(DifferenceList& differences, const std::string& table) {
  differences.at(DifferenceKind::unproven, table,
                 "the script locks it so that nobody else can look at it (ACCESS EXCLUSIVE)");
}

std::vector<Difference> locked_away(pg::Connection& connection, const OneTransaction& script) {
  DifferenceList differences;
  for (const OneTransaction::Statement& statement : script.statements) {
    for (const std::string& table : locked_away_by(statement.text)) {
      const auto found = connection.maybe_row(
          "SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
          " ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass($1)",
          {table});
      add_locked_away(differences, found ? found->at(0).value() : table);
    }
  }
  return differences.take();
}

}  // namespace apply
