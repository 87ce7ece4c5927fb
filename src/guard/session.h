// A session on a live database that can write nothing, waits for nobody, and keeps nobody waiting.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "pg/connection.h"

namespace guard {

struct SessionOptions {
  std::string url;      // a libpq URI or conninfo; empty: what the PG* environment says
  std::string purpose;  // what other people see in pg_stat_activity: "pgrehearse audit"
  std::chrono::seconds statement_timeout{30};
};

// Read-only where a transaction is not begun READ WRITE, with row_security off (a hidden row is an error, never a
// missing one), and without any query that waits longer than a few seconds for a lock. Throws Error(server).
pg::Connection open_session(const SessionOptions& options);

// The sentence for an error of the server that an audit can run into; rethrows others. For asking() alone.
[[noreturn]] void explain_failure(std::string_view what, const pg::Connection& connection, const base::Error& error);

// Runs `body`, which asks the server about `what` ("the rows of public.users"). A timeout, a lock that somebody holds
// and a privilege that is missing become Error(server) with what to do about them; other errors pass.
template <typename Body>
auto asking(std::string_view what, const pg::Connection& connection, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const base::Error& error) {
    explain_failure(what, connection, error);
  }
}

}  // namespace guard
