#include "rehearse/nested.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>

namespace rehearse {

namespace {

// The view shows all databases from any one: the script's own stays without our extension.
constexpr const char* elsewhere = "template1";
constexpr std::size_t head_bytes = 1024;

// What PREPARE prepares: its text is kept under that word, and what it does when it is executed counts.
std::string prepared_body(std::string_view query) {
  static const std::regex head(R"(^\s*prepare\s+\S+\s*(\([^)]*\))?\s*as\s)", std::regex::icase);
  const std::string text(query.substr(0, head_bytes));
  std::smatch match;
  return std::string(std::regex_search(text, match, head) ? query.substr(static_cast<std::size_t>(match.length()))
                                                          : query);
}

}  // namespace

std::map<std::string, std::string> nested_settings(const scratch::Binaries& binaries) {
  const std::array libraries = {"lib/pg_stat_statements.so", "lib/postgresql/pg_stat_statements.so"};
  const bool here = std::any_of(libraries.begin(), libraries.end(), [&](const char* library) {
    return std::filesystem::exists(binaries.directory.parent_path() / library);
  });
  if (!here) return {};
  return {{"shared_preload_libraries", "pg_stat_statements"},
          {"pg_stat_statements.track", "all"},
          {"pg_stat_statements.max", "20000"},
          {"pg_stat_statements.save", "off"}};
}

NestedStatements::NestedStatements(const scratch::Instance& instance, bool told, bool forgotten) : told_(told) {
  if (!told_ || forgotten) return;
  pg::Connection connection = instance.connect(elsewhere);
  connection.none("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  connection.none("SELECT pg_stat_statements_reset()");
}

void NestedStatements::read(const scratch::Instance& instance, const std::string& database) {
  if (!told_) return;
  pg::Connection connection = instance.connect(elsewhere);
  // Foreign keys run queries of their own (ri_triggers.c), which name tables that no person named.
  connection.each_row(
      "SELECT query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
      "WHERE d.datname = $1 AND query ~* '\\m(insert|update|delete|merge|copy|truncate|drop|setval|restart)\\M' "
      "AND query NOT LIKE '% ONLY %OPERATOR(pg_catalog.%'",
      {database}, [this](const auto& row) {
        const sql::Facts facts = sql::analyse(prepared_body(*row[0]));
        facts_.parsed |= facts.parsed;
        facts_.names_setval |= facts.names_setval;
        facts_.writes.insert(facts_.writes.end(), facts.writes.begin(), facts.writes.end());
      });
  connection.none("SELECT pg_stat_statements_reset()");
}

}  // namespace rehearse
