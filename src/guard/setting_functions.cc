#include "guard/setting_functions.h"

#include <fmt/core.h>

#include <algorithm>

#include "guard/migration_names.h"
#include "lint/check.h"
#include "pg/catalog_parts.h"
#include "sql/lexer.h"

namespace guard {

namespace {

bool names_setting(std::string_view text) {
  sql::Lexer lexer(text);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::unterminated) return true;
    if (token.kind != sql::TokenKind::word) continue;
    if (sql::is_word(lexer.text(token), "setval") || sql::is_word(lexer.text(token), "restart")) return true;
  }
  return false;
}

// True where one of the text's literals is the sequence's name, with its schema or without.
bool names_sequence(std::string_view text, std::string_view name) {
  sql::Lexer lexer(text);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::unterminated) return false;
    std::string word(lexer.text(token));
    if (!word.starts_with('\'')) continue;
    std::erase_if(word, [](char c) { return c == '\'' || c == '"'; });
    if (word.substr(word.rfind('.') + 1) == name) return true;
  }
  return false;
}

std::string raising(std::string_view name) {
  return fmt::format("RAISE unique_violation USING MESSAGE = {},\n        HINT = {};",
                     literal(fmt::format("the id that {} gave is taken", name)),
                     literal(fmt::format("find the row that it did not mint; {} is never set from rows", name)));
}

}  // namespace

std::optional<std::string> raise_instead(std::string_view body, std::string_view name) {
  std::string changed;
  std::size_t copied = 0;
  constexpr std::size_t none = std::string_view::npos;
  std::size_t perform = none;
  bool in_handler = false;
  sql::Lexer lexer(body);
  for (sql::Token token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    if (token.kind == sql::TokenKind::unterminated) return std::nullopt;
    if (token.kind == sql::TokenKind::word) {
      if (sql::is_word(lexer.text(token), "unique_violation")) in_handler = true;
      if (sql::is_word(lexer.text(token), "end")) in_handler = false;
      if (sql::is_word(lexer.text(token), "perform")) perform = token.begin;
    }
    if (token.kind != sql::TokenKind::semicolon || perform == none) continue;
    const std::string_view statement = body.substr(perform, token.end - perform);
    if (in_handler && names_setting(statement) && names_sequence(statement, name)) {
      changed.append(body.substr(copied, perform - copied)).append(raising(name));
      copied = token.end;
    }
    perform = none;
  }
  changed.append(body.substr(copied));
  if (copied == 0 || names_setting(changed)) return std::nullopt;
  return changed;
}

std::vector<SettingFunction> read_setting_functions(const contract::Contract& contract, pg::Connection& connection,
                                                    const std::vector<std::pair<std::string, std::string>>& sequences) {
  std::vector<SettingFunction> functions;
  const lint::Tables tables(&contract);
  const auto follows_rows = [&](const std::string& name, const std::string& definition) {
    const auto findings = lint::check(name, definition, tables);
    return std::any_of(findings.begin(), findings.end(), [](const lint::Finding& finding) {
      return finding.rule == lint::Rule::sequence_follows_data || finding.rule == lint::Rule::unparseable;
    });
  };
  for (const pg::Row& row : connection.rows(
           "select p.oid::regprocedure::text, p.prosrc, pg_catalog.pg_get_functiondef(p.oid), l.lanname"
           " from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace"
           " join pg_catalog.pg_language l on l.oid = p.prolang"
           " where p.prokind in ('f', 'p') and p.prosrc ~* '\\m(setval|restart)\\M' and n.nspname !~ '^pg_'"
           " and n.nspname <> 'information_schema' and not exists (select from pg_catalog.pg_depend d"
           "  where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') order by 1")) {
    const std::string body = pg::to_text(row[1]);
    for (const auto& [schema, name] : sequences) {
      if (body.find(name) == std::string::npos || !names_setting(body)) continue;
      if (!follows_rows(pg::to_text(row[0]), pg::to_text(row[2]))) continue;
      SettingFunction function{.signature = pg::to_text(row[0]), .sequence = schema + "." + name};
      if (row[3] == "plpgsql") {
        if (const auto changed = raise_instead(body, name)) {
          function.definition = pg::to_text(row[2]);
          const std::size_t at = function.definition.rfind(body);
          if (at == std::string::npos)
            function.definition.clear();
          else
            function.definition.replace(at, body.size(), *changed);
        }
      }
      functions.push_back(std::move(function));
      break;
    }
  }
  return functions;
}

}  // namespace guard
