#include "apply/inquiry.h"

#include <fmt/core.h>
#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "sys/signals.h"

namespace apply {

namespace {

using Clock = std::chrono::steady_clock;

// How long a backend whose client is gone may take to notice, before it is ended.
constexpr auto grace = std::chrono::seconds(3);

enum class Answer { committed, rolled_back, in_progress, prepared, forgotten };

bool is_prepared(pg::Connection& witness, const std::string& gid) {
  if (gid.empty()) return false;
  return witness
      .maybe_row("SELECT FROM pg_catalog.pg_prepared_xacts WHERE gid = $1 AND database = pg_catalog.current_database()",
                 {gid})
      .has_value();
}

Answer ask(pg::Connection& witness, const Transaction& transaction) {
  if (is_prepared(witness, transaction.gid)) return Answer::prepared;
  try {
    const pg::OptionalText status =
        witness.one_value("SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8)", {transaction.xid});
    if (status == "committed") return Answer::committed;
    if (status == "aborted") return Answer::rolled_back;
    return status ? Answer::in_progress : Answer::forgotten;
  } catch (const base::Error& error) {
    // An id that is not given away yet, on the server that gave it to us: it crashed, and nothing of it was on disk.
    if (error.sqlstate() == "22023") return Answer::rolled_back;
    throw;
  }
}

// Runs `body` as the user who connected: that one may see and end our other backends, whatever role we work as.
template <typename Body>
void as_session_user(Target& target, Body body) {
  target.witness().none("RESET ROLE");
  body(target.witness());
  target.witness().none("SET ROLE " + pg::quote_identifier(target.role()));
}

// As the role that we work as or, where it was prepared as another one, as that.
void finish_prepared(Target& target, const Transaction& transaction) {
  // COMMIT PREPARED waits for the disk whatever synchronous_commit says.
  const std::string command = (transaction.decided ? "COMMIT PREPARED " : "ROLLBACK PREPARED ") +
                              target.witness().quote_literal(transaction.gid);
  try {
    target.witness().none(command);
  } catch (const base::Error& error) {
    if (error.sqlstate() != "42501") throw;
    as_session_user(target, [&](pg::Connection& witness) {
      const auto owner =
          witness.maybe_row("SELECT owner FROM pg_catalog.pg_prepared_xacts WHERE gid = $1", {transaction.gid});
      if (owner) witness.none("SET ROLE " + pg::quote_identifier(*owner->at(0)));
      witness.none(command);
    });
  }
}

// What asking again cannot mend.
bool is_final(const base::Error& error) {
  return error.code() != base::Code::server || error.sqlstate() == "42501" || error.sqlstate().starts_with("28");
}

// One round of asking: an answer that is known, or nothing yet.
std::optional<Inquiry> ask_once(Target& target, const Record& record, const Transaction& transaction,
                                Clock::time_point asked_since) {
  if (std::string why = is_server_of(target, record, transaction); !why.empty()) {
    return Inquiry{Standing::unknown, std::move(why)};
  }
  switch (ask(target.witness(), transaction)) {
    case Answer::committed:
      return Inquiry{Standing::committed, {}};
    case Answer::rolled_back:
      return Inquiry{Standing::rolled_back, {}};
    case Answer::forgotten:
      return Inquiry{Standing::unknown, "the server no longer knows a transaction that old"};
    case Answer::prepared:
      finish_prepared(target, transaction);
      return std::nullopt;
    case Answer::in_progress:
      if (Clock::now() - asked_since > grace) end_backend(target, transaction);
      break;
  }
  return std::nullopt;
}

}  // namespace

Inquiry settle(Target& target, const Record& record, const Transaction& transaction, std::chrono::seconds patience) {
  const auto began = Clock::now();
  std::string trouble = "it is still in progress";
  bool connected = true;
  for (int pause_ms = 0; Clock::now() - began < patience; pause_ms = std::min(pause_ms + 20, 500)) {
    try {
      sys::wait_ready(-1, 0, pause_ms);
      if (!connected) target.reconnect();
      connected = true;
      if (auto known = ask_once(target, record, transaction, began)) return *known;
    } catch (const base::Error& error) {
      if (is_final(error)) return {Standing::unknown, error.message()};
      trouble = first_line(error.message());
      // 42704: somebody else ended it meanwhile; 55000: somebody is just doing so. Else the connection may be bad.
      connected = error.sqlstate() == "42704" || error.sqlstate() == "55000";
    }
  }
  return {Standing::unknown, trouble};
}

std::string is_server_of(Target& target, const Record& record, const Transaction& transaction) {
  if (!may_be_of(target, record)) return "the record is of another server or database";
  if (transaction.timeline.empty()) return {};
  const pg::OptionalText timeline = target.witness().one_value(
      "SELECT pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)");
  if (timeline == transaction.timeline) return {};
  return "the server was promoted or restored since, so that its transaction ids may mean others; look at the rows "
         "themselves";
}

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

bool may_be_of(const Target& target, const Record& record) {
  return target.identity().system_identifier == record.system_identifier &&
         target.identity().database == record.database;
}

Transaction transaction_at_work(Target& target) {
  Transaction transaction;
  const std::string backend = *target.session().one_value("SELECT pg_catalog.pg_backend_pid()");
  transaction.backend = std::stoi(backend);
  as_session_user(target, [&](pg::Connection& witness) {
    const auto row = witness.maybe_row(
        "SELECT extract(epoch FROM backend_start)::text FROM pg_catalog.pg_stat_activity WHERE pid = $1", {backend});
    if (row) transaction.backend_start = (*row)[0].value_or("");
  });
  return transaction;
}

void end_backend(Target& target, const Transaction& transaction) {
  if (transaction.backend == 0 || transaction.backend_start.empty()) return;
  as_session_user(target, [&](pg::Connection& witness) {
    witness.none(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
        " WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2 AND pid <> pg_catalog.pg_backend_pid()",
        {std::to_string(transaction.backend), transaction.backend_start});
  });
}

pg::Parameters reached_by(Target& target) {
  pg::Parameters parameters = target.parameters();
  const pg_conn* connection = target.session().raw();
  for (const auto& [keyword, value] : {std::pair("host", PQhost(connection)), std::pair("port", PQport(connection)),
                                       std::pair("dbname", PQdb(connection)), std::pair("user", PQuser(connection))}) {
    if (value != nullptr && *value != '\0') parameters.insert_or_assign(keyword, value);
  }
  parameters.erase("service");
  return parameters;
}

std::vector<std::string> strangers(Target& target, const std::set<std::string>& ours) {
  std::vector<std::string> said;
  const auto rows = target.witness().rows(
      "SELECT gid, owner, to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM "
      "pg_catalog.pg_prepared_xacts"
      " WHERE database = pg_catalog.current_database() AND pg_catalog.starts_with(gid, $1) ORDER BY prepared",
      {std::string(gid_prefix)});
  for (const pg::Row& row : rows) {
    if (ours.contains(*row[0])) continue;
    said.push_back(
        fmt::format("the transaction {} is prepared there since {} UTC (by {}) and has no record here: it is left "
                    "alone, and holds its "
                    "locks; where no other pgrehearse is at work on it, end it by ROLLBACK PREPARED",
                    *row[0], *row[2], *row[1]));
  }
  return said;
}

}  // namespace apply
