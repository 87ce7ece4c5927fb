#include "pg/exchange.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "sys/signals.h"

namespace pg {
namespace {

using Clock = std::chrono::steady_clock;

// COPY data is handed to libpq in pieces of this many bytes, each sent before the next one is copied into its buffer.
constexpr std::size_t kCopyPiece = 256 * 1024;

std::string field(const PGresult* result, int code) {
  const char* text = result == nullptr ? nullptr : PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

std::string without_trailing_newlines(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

void cancel(PGconn* connection) {
  PGcancel* handle = PQgetCancel(connection);
  if (handle == nullptr) return;
  std::array<char, 256> reason{};
  PQcancel(handle, reason.data(), static_cast<int>(reason.size()));
  PQfreeCancel(handle);
}

std::string_view hint_for(std::string_view sqlstate) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kHints = {{
      {"28P01", "check the user and the password: in the URI, in PGPASSWORD, or in ~/.pgpass"},
      {"28000", "check the user, and which addresses and methods the server's pg_hba.conf lets in"},
      {"3D000", "check the database's name; `psql -l` lists what there is"},
      {"53300", "wait until connections are free, or raise the server's max_connections"},
      {"57P03", "the server is starting or stopping: try again in a moment"},
      {"53100", "free some space on the server's disk"},
      {"53200", "the server ran out of memory: close other sessions, or lower its work_mem"},
      {"42501", "use a role that has the privilege, or grant it"},
  }};
  const auto* found =
      std::find_if(kHints.begin(), kHints.end(), [&](const auto& hint) { return hint.first == sqlstate; });
  return found == kHints.end() ? std::string_view() : found->second;
}

base::Error server_error(const PGconn* connection, const PGresult* result) {
  const std::string sqlstate = field(result, PG_DIAG_SQLSTATE);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = without_trailing_newlines(PQerrorMessage(connection));
  if (message.empty()) message = "the server's answer was not understood";
  if (const std::string detail = field(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty()) message += " (" + detail + ")";
  if (sqlstate.empty() && PQstatus(connection) == CONNECTION_BAD) message = "the connection was lost: " + message;

  std::string hint = field(result, PG_DIAG_MESSAGE_HINT);
  if (hint.empty()) hint = hint_for(sqlstate);
  base::Error error(base::Code::server, std::move(message), std::move(hint));
  error.with_sqlstate(sqlstate);
  return error;
}

Exchange::Exchange(PGconn* connection, const std::string& sql) : connection_(connection) {
  begin(PQsendQuery(connection_, sql.c_str()));
}

Exchange::Exchange(PGconn* connection, const std::string& sql,
                   const std::vector<std::optional<std::string>>& parameters)
    : connection_(connection) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  begin(PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                          nullptr, 0));
}

void Exchange::begin(int sent) {
  if (sent == 0) throw server_error(connection_, nullptr);
}

Exchange::~Exchange() {
  if (done_ || copy_both_) return;
  try {
    const sys::InterruptShield shield;
    cancel(connection_);
    drop_rest();
  } catch (const base::Error&) {
    // The connection is in no state to be used again, and says so itself when somebody tries.
  }
}

void Exchange::drop_rest() {
  const auto deadline = Clock::now() + cancel_patience;
  while (Clock::now() < deadline) {
    while (PQflush(connection_) == 0 && PQisBusy(connection_) == 0) {
      const ResultHandle result(PQgetResult(connection_));
      if (!result) return;
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_COPY_BOTH) return;
      if (status == PGRES_COPY_IN) PQputCopyEnd(connection_, "cancelled");
      if (status != PGRES_COPY_OUT) continue;
      while (PQstatus(connection_) == CONNECTION_OK && Clock::now() < deadline) {
        if (const auto chunk = copy_chunk(100); !chunk && copy_ended_) break;
      }
    }
    if (PQstatus(connection_) == CONNECTION_BAD) return;
    transfer(connection_, 100);
  }
}

void Exchange::single_rows() {
  if (PQsetSingleRowMode(connection_) == 0)
    throw base::Error(base::Code::internal, "single-row mode was asked for too late");
}

void Exchange::flush() {
  send_queued(connection_);
}

namespace {

void wait_and_take(PGconn* connection, bool sending, int timeout_ms) {
  const int socket = PQsocket(connection);
  if (socket < 0) throw server_error(connection, nullptr);
  const auto events = static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN);
  if (!sys::wait_ready(socket, events, timeout_ms)) return;
  // A failure here shows up in the next result, with what the server said last.
  PQconsumeInput(connection);
}

}  // namespace

void send_queued(PGconn* connection) {
  // Where it failed, the next result tells why: the server may have said so.
  while (PQflush(connection) == 1) wait_and_take(connection, true, -1);
}

void transfer(PGconn* connection, int timeout_ms) {
  wait_and_take(connection, PQflush(connection) == 1, timeout_ms);
}

ResultHandle Exchange::next() {
  if (done_) return nullptr;
  flush();
  while (PQisBusy(connection_) != 0 && PQstatus(connection_) == CONNECTION_OK) transfer(connection_, -1);
  ResultHandle result(PQgetResult(connection_));
  done_ = !result;
  copy_both_ = result && PQresultStatus(result.get()) == PGRES_COPY_BOTH;
  copy_ended_ = false;
  return result;
}

ResultHandle Exchange::next_good() {
  ResultHandle result = next();
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) throw server_error(connection_, result.get());
  return result;
}

std::optional<CopyChunk> Exchange::copy_chunk(int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (bool waited = false;;) {
    char* memory = nullptr;
    const int size = PQgetCopyData(connection_, &memory, 1);
    if (size > 0) return CopyChunk(memory, static_cast<std::size_t>(size));
    if (size < 0 || PQstatus(connection_) == CONNECTION_BAD) {
      copy_ended_ = true;
      copy_both_ = false;
      return std::nullopt;
    }
    int remaining = -1;
    if (timeout_ms >= 0) {
      remaining = static_cast<int>(
          std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count()));
      if (waited && remaining == 0) return std::nullopt;
    }
    transfer(connection_, remaining);
    waited = true;
  }
}

bool Exchange::put_copy(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kCopyPiece);
    if (PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) < 0) return false;
    flush();
    // libpq hides that it cannot write any more until what the server said last was read.
    if (PQconsumeInput(connection_) == 0) return false;
    bytes.remove_prefix(piece.size());
  }
  return true;
}

void Exchange::end_copy(const char* failure) {
  PQputCopyEnd(connection_, failure);
}

}  // namespace pg
