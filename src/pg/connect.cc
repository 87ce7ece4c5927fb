#include "pg/connect.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "sys/signals.h"

namespace pg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDefaultTimeoutSeconds = 10;
constexpr std::size_t kStateSize = 5;  // characters of an SQLSTATE

void drop_notice(void* /*unused*/, const PGresult* /*unused*/) {}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// One value for the startup packet's `options`: words are separated by blanks, and a backslash keeps one from being so.
std::string escaped_option(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '\\' || character == ' ' || character == '\t' || character == '\n' || character == '\r' ||
        character == '\f' || character == '\v') {
      escaped += '\\';
    }
    escaped += character;
  }
  return escaped;
}

Parameters startup_parameters(const Parameters& given, const std::map<std::string, std::string>& options) {
  Parameters all = given;
  all.insert_or_assign("client_encoding", "UTF8");
  all.emplace("fallback_application_name", "pgrehearse");
  if (options.empty()) return all;
  // Naming the parameter here hides PGOPTIONS from libpq.
  std::string& text = all.emplace("options", environment("PGOPTIONS")).first->second;
  for (const auto& [name, value] : options) text += " -c " + escaped_option(name + "=" + value);
  return all;
}

// How long the whole attempt may take; nullopt: as long as it likes.
std::optional<std::chrono::seconds> patience(const Parameters& parameters) {
  const auto given = parameters.find("connect_timeout");
  const std::string text = given != parameters.end() ? given->second : environment("PGCONNECT_TIMEOUT");
  int seconds = kDefaultTimeoutSeconds;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (seconds <= 0) return std::nullopt;
  const auto host = parameters.find("host");
  const auto hosts = host == parameters.end() ? 1 : 1 + std::count(host->second.begin(), host->second.end(), ',');
  return std::chrono::seconds(seconds) * hosts;
}

struct Failure {
  std::string reason;
  std::string sqlstate;
};

// Where the SQLSTATE begins in a line as "FATAL:  28P01: password …"; npos: there is none.
std::size_t find_sqlstate(std::string_view line) {
  constexpr std::size_t kMark = 3;  // ":  "
  const std::size_t mark = line.find(":  ");
  if (mark == std::string_view::npos || line.size() < mark + kMark + kStateSize ||
      line.substr(mark + kMark + kStateSize, 2) != ": ")
    return std::string_view::npos;
  const std::string_view state = line.substr(mark + kMark, kStateSize);
  const bool plausible =
      std::all_of(state.begin(), state.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  return plausible ? mark + kMark : std::string_view::npos;
}

// A line as "LOCATION:  auth_failed, auth.c:338", in whatever language.
bool is_source_location(std::string_view line) {
  const std::size_t number = line.rfind(".c:");
  return number != std::string_view::npos && line.find(":  ") < number &&
         line.find_first_not_of("0123456789", number + 3) == std::string_view::npos;
}

// A failed start leaves a text only. In verbose form it holds the SQLSTATE and the place in the server's source; both
// are taken out of what people see.
Failure read_failure(std::string_view text) {
  Failure failure;
  while (!text.empty()) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    if (is_source_location(whole)) continue;
    std::string line(whole);
    if (const std::size_t state = find_sqlstate(line); state != std::string::npos) {
      failure.sqlstate = line.substr(state, kStateSize);
      line.erase(state, kStateSize + 2);
    }
    if (!failure.reason.empty()) failure.reason += '\n';
    failure.reason += line;
  }
  return failure;
}

// Neither these nor the environment: libpq tries a server on this machine then.
bool names_nothing(const Parameters& parameters) {
  const auto named = [&](const char* keyword, const char* variable) {
    return parameters.contains(keyword) || !environment(variable).empty();
  };
  return !named("host", "PGHOST") && !named("hostaddr", "PGHOSTADDR") && !named("service", "PGSERVICE") &&
         !named("dbname", "PGDATABASE");
}

[[noreturn]] void throw_failure(PGconn* connection, const Parameters& parameters) {
  const Failure failure = read_failure(PQerrorMessage(connection));
  std::string hint(hint_for(failure.sqlstate));
  if (PQconnectionNeedsPassword(connection) != 0) {
    hint = "a password is needed: give it in PGPASSWORD, in ~/.pgpass or in the URI";
  } else if (hint.empty() && failure.sqlstate.empty()) {
    hint = names_nothing(parameters)
               ? "no database was named: give its URL, or set PGHOST and PGDATABASE"
               : "check the host and the port, and that the server is running and can be reached from here";
  }
  base::Error error(base::Code::server,
                    "cannot connect to " + describe(parameters) + ": " + base::mask_secrets(failure.reason), hint);
  error.with_sqlstate(failure.sqlstate);
  throw error;
}

[[noreturn]] void throw_timeout(const Parameters& parameters, std::chrono::seconds patience) {
  throw base::Error(
      base::Code::server,
      "cannot connect to " + describe(parameters) + ": no answer for " + base::count_of(patience.count(), "second"),
      "check the host and the port, and what lies between; connect_timeout sets how long to wait");
}

}  // namespace

ConnectionHandle connect(const Parameters& parameters, const std::map<std::string, std::string>& options) {
  const Parameters startup = startup_parameters(parameters, options);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : startup) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);

  ConnectionHandle connection(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection) throw base::Error(base::Code::server, "out of memory");
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection.get(), drop_notice, nullptr);

  const auto limit = patience(startup);
  const auto deadline = Clock::now() + limit.value_or(std::chrono::seconds(0));
  if (PQstatus(connection.get()) == CONNECTION_BAD) throw_failure(connection.get(), parameters);
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection.get())) {
    if (state == PGRES_POLLING_FAILED) throw_failure(connection.get(), parameters);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (limit && left <= 0) throw_timeout(parameters, *limit);
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!sys::wait_ready(PQsocket(connection.get()), events, limit ? static_cast<int>(left) : -1)) {
      throw_timeout(parameters, *limit);
    }
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(connection.get(), 1);
  return connection;
}

}  // namespace pg
