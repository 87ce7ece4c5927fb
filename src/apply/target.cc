#include "apply/target.h"

#include <fmt/core.h>

#include <set>

#include "apply/role_settings.h"
#include "base/error.h"

namespace apply {

namespace {

bool is_true(const pg::OptionalText& value) {
  return value == "t";
}

int to_int(const pg::OptionalText& value) {
  return value ? std::stoi(*value) : 0;
}

Offers read_offers(pg::Connection& connection) {
  const pg::Row row = connection.one_row(R"(
    SELECT current_setting('wal_level') = 'logical',
           current_setting('max_prepared_transactions'),
           EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = session_user AND (rolreplication OR rolsuper)),
           (SELECT count(*) FROM pg_catalog.pg_replication_slots) < current_setting('max_replication_slots')::int,
           current_setting('track_counts') = 'on',
           current_setting('is_superuser') = 'on')");
  Offers offers{.logical = is_true(row[0]),
                .prepared_transactions = to_int(row[1]),
                .may_replicate = is_true(row[2]),
                .slots_free = is_true(row[3]),
                .counts = is_true(row[4]),
                .may_silence = is_true(row[5])};
  if (!offers.may_silence) {
    offers.may_silence =
        is_true(connection.one_value("SELECT pg_catalog.has_parameter_privilege('session_replication_role', 'SET')"));
  }
  return offers;
}

Identity read_identity(pg::Connection& connection) {
  const pg::Row row = connection.one_row(
      "SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()), pg_catalog.current_database(),"
      " (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())");
  return {
      .system_identifier = row[0].value_or(""), .database = row[1].value_or(""), .database_oid = row[2].value_or("")};
}

}  // namespace

std::string Offers::why_not_decoded() const {
  if (!logical) return "wal_level is not logical";
  if (prepared_transactions == 0) return "max_prepared_transactions is 0";
  if (!may_replicate) return "the role has no REPLICATION";
  if (!slots_free) return "every replication slot is in use";
  return {};
}

std::map<std::string, std::string> session_settings(const Limits& limits) {
  return {{"application_name", "pgrehearse"},
          {"lock_timeout", fmt::format("{}ms", limits.lock_timeout.count())},
          {"statement_timeout", fmt::format("{}ms", limits.statement_timeout.count())},
          // Should we ever hang, or be stopped, production's locks are free again after a while: as long as one
          // statement may take, since the session idles while another one proves what it did.
          {"idle_in_transaction_session_timeout", fmt::format("{}ms", limits.statement_timeout.count())}};
}

pg::Connection Target::connect() const {
  const std::map<std::string, std::string> settings = session_settings(limits_);
  pg::Connection connection = pg::Connection::open(parameters_, settings);
  if (is_true(connection.one_value("SELECT pg_catalog.pg_is_in_recovery()"))) {
    throw base::Error(base::Code::refused, fmt::format("{} is a standby", pg::describe(parameters_)),
                      "name the primary");
  }
  if (!role_.empty() && role_ != *connection.one_value("SELECT session_user::text")) {
    std::set<std::string> kept;
    for (const auto& [name, value] : settings) kept.insert(name);
    take_settings_of(connection, role_, kept);
    try {
      connection.none("SET ROLE " + pg::quote_identifier(role_));
    } catch (base::Error& error) {
      throw base::Error(
          base::Code::refused,
          fmt::format("it is to be done as role {}, and this session may not become it: {}", role_, error.message()),
          fmt::format("connect as {}, or say another --role, where a plan is made or rows are put back", role_))
          .with_sqlstate(error.sqlstate());
    }
  }
  return connection;
}

void Target::look() {
  offers_ = read_offers(*session_);
  identity_ = read_identity(*session_);
}

Target Target::open(const pg::Parameters& parameters, const std::string& role, const Limits& limits) {
  Target target;
  target.parameters_ = parameters;
  target.role_ = role;
  target.limits_ = limits;
  target.session_.emplace(target.connect());
  target.witness_.emplace(target.connect());
  target.look();
  if (target.role_.empty()) target.role_ = *target.session_->one_value("SELECT current_user::text");
  return target;
}

void Target::reconnect() {
  session_.reset();
  witness_.reset();
  session_.emplace(connect());
  witness_.emplace(connect());
  const Identity now = read_identity(*session_);
  if (now.system_identifier != identity_.system_identifier || now.database != identity_.database) {
    throw base::Error(base::Code::server, fmt::format("{} is another server now", pg::describe(parameters_)));
  }
}

}  // namespace apply
