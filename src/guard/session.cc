#include "guard/session.h"

#include <fmt/core.h>

#include "base/error.h"

namespace guard {

namespace {

constexpr const char* lock_timeout = "2s";

constexpr std::string_view untouched = "nothing was changed";

}  // namespace

pg::Connection open_session(const SessionOptions& options) {
  pg::Parameters parameters = pg::parse_conninfo(options.url);
  parameters.insert_or_assign("application_name", options.purpose);
  pg::Connection connection =
      pg::Connection::open(parameters, {{"default_transaction_read_only", "on"},
                                        {"statement_timeout", fmt::format("{}s", options.statement_timeout.count())},
                                        {"lock_timeout", lock_timeout},
                                        {"idle_in_transaction_session_timeout", "60s"},
                                        {"row_security", "off"},
                                        {"jit", "off"}});
  // Such a server converts nothing, and refuses to send what is no UTF-8 to a client that asks for it.
  if (connection.one_value("show server_encoding") == "SQL_ASCII") connection.none("set client_encoding = 'SQL_ASCII'");
  return connection;
}

void explain_failure(std::string_view what, const pg::Connection& connection, const base::Error& error) {
  const auto fail = [&](const std::string& message, const std::string& hint) {
    base::Error explained(error.code(), message, hint);
    throw explained.with_sqlstate(error.sqlstate());
  };
  if (error.sqlstate() == "57014") {
    fail(fmt::format("reading {} was cancelled by statement_timeout", what),
         fmt::format("{}; give it longer (--timeout 5m), or make an index that serves", untouched));
  }
  if (error.sqlstate() == "55P03") {
    fail(fmt::format("{} cannot be read: another session holds a lock on it", what),
         fmt::format("{}; a migration may be running: try again when it is done", untouched));
  }
  if (error.sqlstate() == "42501") {
    fail(fmt::format("{} cannot be read: {}", what, error.message()),
         fmt::format("{}; grant the privilege to the role that {} connects as, or use another role", untouched,
                     pg::describe(connection.parameters())));
  }
  // 57P01 to 57P03: the server or somebody on it ended the session.
  if (error.code() == base::Code::server && (error.sqlstate().empty() || error.sqlstate().starts_with("57P"))) {
    fail(fmt::format("the server went away while {} was read: {}", what, error.message()),
         fmt::format("{}; run it again when the server is back", untouched));
  }
  throw;  // NOLINT: called from a handler
}

}  // namespace guard
