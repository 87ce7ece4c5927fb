#include "rehearse/nested.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace rehearse {

namespace {

// The view shows all databases from any one: the script's own stays without our extension.
constexpr const char* elsewhere = "template1";

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

NestedUpserts::NestedUpserts(const scratch::Instance& instance, bool told) : told_(told) {
  if (!told_) return;
  pg::Connection connection = instance.connect(elsewhere);
  connection.none("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  connection.none("SELECT pg_stat_statements_reset()");
}

void NestedUpserts::read(const scratch::Instance& instance, const std::string& database) {
  if (!told_) return;
  pg::Connection connection = instance.connect(elsewhere);
  connection.each_row(
      "SELECT query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
      "WHERE d.datname = $1 AND (query ~* 'on\\s+conflict' OR query ~* '\\mmerge\\M')",
      {database}, [this](const auto& row) {
        for (const sql::Write& write : sql::analyse(*row[0]).writes) {
          if (write.upsert) tables_.push_back(write.table);
        }
      });
}

}  // namespace rehearse
