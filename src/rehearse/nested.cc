#include "rehearse/nested.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>

#include "base/error.h"

namespace rehearse {

namespace {

// The view shows all databases from any one. Databases are made from the quiet one, where nobody may stay.
constexpr const char* quiet = "template1";
constexpr const char* lasting = "postgres";
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

StatementLog::StatementLog(const scratch::Instance& instance, std::string rehearsed)
    : instance_(instance), rehearsed_(std::move(rehearsed)), told_(!nested_settings(instance.binaries()).empty()) {}

pg::Connection& StatementLog::session() {
  if (session_) return *session_;
  std::string place = quiet;
  if (stays_ && rehearsed_ != lasting) {
    try {
      session_.emplace(instance_.connect(lasting));
      place = lasting;
    } catch (const base::Error&) {
      stays_ = false;  // there is no such database
    }
  }
  if (!session_) session_.emplace(instance_.connect(quiet));
  if (made_in_ != place) session_->none("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  made_in_ = place;
  // A copy of a cluster may have it already, in any schema.
  session_->none(
      "SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(n.nspname), false) FROM "
      "pg_catalog.pg_extension e"
      " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'");
  return *session_;
}

void StatementLog::ask(const std::function<void(pg::Connection&)>& question) {
  const bool stayed = session_.has_value();
  try {
    question(session());
  } catch (const base::Error&) {
    if (!stayed) throw;
    session_.reset();  // somebody ended it meanwhile
    question(session());
  }
  if (made_in_ != lasting) session_.reset();
}

void StatementLog::forget() {
  if (!told_) return;
  ask([](pg::Connection& connection) { connection.none("SELECT pg_stat_statements_reset()"); });
}

void StatementLog::take(const std::function<void(std::string_view, bool)>& visit) {
  if (!told_) return;
  ask([&](pg::Connection& connection) {
    // Foreign keys run queries of their own (ri_triggers.c), which name tables that no person named.
    connection.each_row(
        "SELECT query, NOT toplevel FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
        "WHERE d.datname = $1 AND query ~* '\\m(insert|update|delete|merge|copy|truncate|drop|setval|restart)\\M' "
        "AND query NOT LIKE '% ONLY %OPERATOR(pg_catalog.%'",
        {rehearsed_}, [&](const auto& row) { visit(*row[0], row[1] == "t"); });
    connection.none("SELECT pg_stat_statements_reset()");
  });
}

NestedStatements::NestedStatements(StatementLog& log, bool forgotten) : log_(log) {
  if (!forgotten) log_.forget();
}

void NestedStatements::read() {
  log_.take([this](std::string_view query, bool inside) {
    const std::string body = prepared_body(query);
    const sql::Facts facts = sql::analyse(body);
    facts_.parsed |= facts.parsed;
    if (facts.sets_sequence()) {
      const bool in_no_script = inside || body.size() != query.size();
      (in_no_script ? facts_.sets_unnamed_sequence : set_outside_) = true;
    }
    facts_.writes.insert(facts_.writes.end(), facts.writes.begin(), facts.writes.end());
  });
}

}  // namespace rehearse
