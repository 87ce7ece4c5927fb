#include "apply/lock_watch.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace apply {

namespace {

constexpr std::chrono::milliseconds shortest_pause{20};
constexpr std::chrono::milliseconds longest_pause{400};
// How long the session's own lock_timeout is given to end the wait first.
constexpr std::chrono::milliseconds grace{500};

std::vector<std::string> who_blocks(pg::Connection& connection, int pid) {
  std::vector<std::string> blockers;
  for (const pg::Row& row : connection.rows(
           "SELECT b.pid, coalesce(a.usename, 'a prepared transaction'), coalesce(a.client_addr::text, 'here'),"
           " coalesce(nullif(a.application_name, ''), 'unnamed'), coalesce(a.state, ''),"
           " coalesce(extract(epoch FROM now() - a.xact_start)::int8::text, '?')"
           " FROM unnest(pg_catalog.pg_blocking_pids($1::int)) AS b(pid)"
           " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid",
           {std::to_string(pid)})) {
    blockers.push_back(row[0] == "0" ? "a prepared transaction (see pg_prepared_xacts)"
                                     : fmt::format("process {} ({} from {}, {}, {}, transaction open for {} s)",
                                                   row[0].value(), row[1].value(), row[2].value(), row[3].value(),
                                                   row[4].value(), row[5].value()));
  }
  return blockers;
}

// Who waits for another transaction's row holds that row's own lock meanwhile (source: README.tuplock).
std::string what_is_wanted(pg::Connection& connection, int pid) {
  const auto row = connection.maybe_row(
      "SELECT CASE WHEN l.locktype = 'tuple' THEN 'a row of ' ELSE '' END || n.nspname || '.' || c.relname"
      " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE l.pid = $1::int AND l.database = (SELECT oid FROM pg_catalog.pg_database"
      " WHERE datname = pg_catalog.current_database()) AND (NOT l.granted OR l.locktype = 'tuple')"
      " ORDER BY l.granted LIMIT 1",
      {std::to_string(pid)});
  return row ? row->at(0).value_or("") : "";
}

}  // namespace

LockWatch::LockWatch(Target& target)
    : limit_(target.limits().lock_timeout),
      pause_(std::clamp(target.limits().lock_timeout / 5, shortest_pause, longest_pause)) {
  try {
    pg::Connection connection = pg::Connection::open(target.parameters(), session_settings(target.limits()));
    thread_ = std::thread([this, pid = target.session().backend_pid(), c = std::move(connection)]() mutable {
      watch(std::move(c), pid);
    });
  } catch (const base::Error&) {  // no connection to spare
  }
}

LockWatch::~LockWatch() {
  ended_ = true;
  if (thread_.joinable()) thread_.join();
}

void LockWatch::watch(pg::Connection connection, int pid) {
  try {
    while (!ended_) {
      std::vector<std::string> found = who_blocks(connection, pid);
      const bool waits = !found.empty();
      if (waits) {
        std::string wanted = what_is_wanted(connection, pid);
        const std::lock_guard<std::mutex> guard(mutex_);
        blockers_ = std::move(found);
        wanted_ = std::move(wanted);
      }
      if (waits) end_overdue_wait(connection, pid);
      for (auto slept = std::chrono::milliseconds(0); slept < pause_ && !ended_; slept += shortest_pause) {
        std::this_thread::sleep_for(std::min(pause_, shortest_pause));
      }
    }
  } catch (const base::Error&) {  // interrupted, or the server went away: whoever works hears of it
  }
}

void LockWatch::end_overdue_wait(pg::Connection& connection, int pid) {
  if (limit_.count() == 0 || gave_up_) return;
  gave_up_ = true;  // before anybody is cancelled, who asks at once
  gave_up_ =
      !connection
           .rows(
               "SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_locks WHERE pid = $1::int AND NOT granted"
               " AND waitstart < pg_catalog.clock_timestamp() - $2::interval",
               {std::to_string(pid), fmt::format("{} ms", (limit_ + grace).count())})
           .empty();
}

std::vector<std::string> LockWatch::blockers() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return blockers_;
}

std::string LockWatch::wanted() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return wanted_;
}

}  // namespace apply
