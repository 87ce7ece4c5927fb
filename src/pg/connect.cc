#include "pg/connect.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <regex>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "sys/signals.h"

namespace pg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDefaultTimeoutSeconds = 10;

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

// A failed start leaves a text only. In verbose form it holds the SQLSTATE ("FATAL:  28P01: password …") and the place
// in the server's source; both are taken out of what people see.
Failure read_failure(const std::string& text) {
  static const std::regex kLocation(R"(\n[^\n]*:  \w+, [\w.]+:\d+(?=\n|$))");
  static const std::regex kState(R"((:  )([0-9A-Z]{5}): )");
  Failure failure;
  failure.reason = std::regex_replace(text, kLocation, "");
  std::smatch found;
  if (std::regex_search(failure.reason, found, kState)) failure.sqlstate = found[2];
  failure.reason = std::regex_replace(failure.reason, kState, "$1");
  while (!failure.reason.empty() && failure.reason.back() == '\n') failure.reason.pop_back();
  return failure;
}

[[noreturn]] void throw_failure(PGconn* connection, const Parameters& parameters) {
  const Failure failure = read_failure(PQerrorMessage(connection));
  std::string hint(hint_for(failure.sqlstate));
  if (PQconnectionNeedsPassword(connection) != 0) {
    hint = "A password is needed: give it in PGPASSWORD, in ~/.pgpass or in the URI";
  } else if (hint.empty() && failure.sqlstate.empty()) {
    hint = "Check the host and the port, and that the server is running and can be reached from here";
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
      "Check the host and the port, and what lies between; connect_timeout sets how long to wait");
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
