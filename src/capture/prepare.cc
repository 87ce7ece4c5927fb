#include "capture/prepare.h"

#include <chrono>

#include "base/error.h"
#include "base/text.h"
#include "capture/prepare_sql.h"

namespace capture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFarewellPatience = std::chrono::seconds(5);

std::string publication(int server_major) {
  std::string sql = "DROP PUBLICATION IF EXISTS pgrehearse; CREATE PUBLICATION pgrehearse FOR ALL TABLES";
  if (server_major >= 18) sql += " WITH (publish_generated_columns = stored)";
  return sql + ";";
}

// Virtual generated columns came with PostgreSQL 18.
inline constexpr std::string_view kLeaveVirtualColumnsOut =
    "SELECT pgrehearse.publish_by_name() WHERE EXISTS (SELECT FROM pg_catalog.pg_attribute"
    " WHERE attgenerated = 'v' AND NOT attisdropped);";

// Event triggers of the database itself do not fire for what prepare() does, save those marked ALWAYS before 17.
std::string quiet(int server_major) {
  std::string sql = "SET LOCAL session_replication_role = replica; SET LOCAL search_path = pg_catalog, pg_temp;";
  if (server_major >= 17) sql += "SET LOCAL event_triggers = off;";
  return sql;
}

std::set<int> other_sessions(pg::Connection& superuser) {
  std::set<int> pids;
  for (const pg::Row& row : superuser.rows("SELECT pid FROM pg_catalog.pg_stat_activity"
                                           " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
    pids.insert(std::stoi(row[0].value()));
  }
  return pids;
}

long long large_object_writes(pg::Connection& superuser) {
  superuser.none("SELECT pg_catalog.pg_stat_force_next_flush()");
  return std::stoll(
      *superuser.one_value("SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int8"
                           " FROM pg_catalog.pg_stat_sys_tables"
                           " WHERE schemaname = 'pg_catalog'"
                           " AND relname IN ('pg_largeobject', 'pg_largeobject_metadata')"));
}

// A session hands in its counts before it leaves pg_stat_activity.
void wait_for_leaving_sessions(pg::Connection& superuser, const std::set<int>& staying) {
  const auto deadline = Clock::now() + kFarewellPatience;
  for (;;) {
    std::set<int> leaving = other_sessions(superuser);
    for (const int pid : staying) leaving.erase(pid);
    if (leaving.empty() || Clock::now() >= deadline) return;
    superuser.none("SELECT pg_catalog.pg_sleep(0.005)");
  }
}

}  // namespace

void prepare(pg::Connection& superuser) {
  base::in_context("preparing the scratch database", [&] {
    const int major = superuser.server_major();
    std::string sql = "BEGIN;" + quiet(major) + "CREATE EXTENSION IF NOT EXISTS plpgsql;" + publication(major);
    for (const std::string_view part : {kIdentities, kUnloggedTables, kTriggers, kLeaveVirtualColumnsOut}) sql += part;
    try {
      superuser.script(sql + "COMMIT");
    } catch (const base::Error&) {
      if (superuser.in_transaction()) superuser.none("ROLLBACK");
      throw;
    }
  });
}

Unseen unseen_baseline(pg::Connection& superuser) {
  return {.large_objects = large_object_writes(superuser), .sessions = other_sessions(superuser)};
}

std::vector<std::string> unseen_since(pg::Connection& superuser, const Unseen& baseline) {
  wait_for_leaving_sessions(superuser, baseline.sessions);
  const long long written = large_object_writes(superuser) - baseline.large_objects;
  if (written <= 0) return {};
  return {"Large objects were written (" + base::count_of(written, "row") +
          " of pg_largeobject and its metadata): what they hold is not part of the changes shown"};
}

}  // namespace capture
