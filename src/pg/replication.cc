#include "pg/replication.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "pg/exchange.h"
#include "sys/signals.h"

namespace pg {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kStatusInterval = std::chrono::seconds(10);
constexpr auto kSlotPatience = std::chrono::seconds(30);
constexpr int kSlotPauseMs = 5;
constexpr std::size_t kDataHeader = 1 + 8 + 8 + 8;     // 'w', start, end of the WAL, time
constexpr std::size_t kKeepaliveSize = 1 + 8 + 8 + 1;  // 'k', end of the WAL, time, whether a reply is wanted

std::uint64_t read_u64(std::string_view bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(offset, 8)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void append_u64(std::string& bytes, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
}

[[noreturn]] void malformed() {
  throw base::Error(base::Code::server, "a message of the replication protocol was not understood");
}

std::map<std::string, std::string> stream_settings() {
  std::map<std::string, std::string> settings = pinned_settings();
  // Nothing is read while a script runs for hours. "Never" (0) would cost the server a system call more for every row.
  settings["wal_sender_timeout"] = "24d";
  return settings;
}

}  // namespace

struct LogicalStream::State {
  State(const Parameters& where, const std::string& publication) : parameters(where), publication(publication) {
    connect();
    connection->script("CREATE_REPLICATION_SLOT " + slot + " LOGICAL pgoutput NOEXPORT_SNAPSHOT");
  }

  void connect() { connection.emplace(Connection::open(parameters, stream_settings())); }

  // Not before somebody reads: a sender whose socket is full holds its snapshot, and CREATE INDEX CONCURRENTLY waits
  // for those.
  void start_once() {
    if (exchange) return;
    if (!connection) connect();
    const auto deadline = Clock::now() + kSlotPatience;
    while (!started()) {
      if (Clock::now() >= deadline) {
        throw base::Error(base::Code::server, "the sender of the changes before does not end");
      }
      sys::wait_ready(-1, 0, kSlotPauseMs);
    }
  }

  // False: the sender on the connection before has not let go of the slot yet.
  bool started() {
    exchange.emplace(connection->raw(), "START_REPLICATION SLOT " + slot + " LOGICAL " + confirmed.text() +
                                            " (proto_version '1', publication_names " +
                                            connection->quote_literal(quote_identifier(publication)) +
                                            ", messages 'true')");
    const ResultHandle result = exchange->next();
    if (PQresultStatus(result.get()) == PGRES_COPY_BOTH) return true;
    base::Error error = server_error(connection->raw(), result.get());
    exchange.reset();
    if (error.sqlstate() != "55006") throw error;
    return false;
  }

  void rest() {
    chunk.reset();
    exchange.reset();
    connection.reset();
  }

  // Standby status update: everything before `confirmed` is done with.
  void send_status() {
    std::string message = "r";
    for (int field = 0; field < 3; ++field) append_u64(message, confirmed.value);  // written, flushed, applied
    append_u64(message, 0);  // our clock, which the server only shows
    message += '\0';         // no reply wanted
    exchange->put_copy(message);
    last_status = Clock::now();
  }

  [[noreturn]] void throw_end() {
    while (exchange->next_good()) {
    }
    throw base::Error(base::Code::server, "the server ended the stream of changes");
  }

  const Parameters parameters;
  std::optional<Connection> connection;  // none: it rests
  const std::string publication;
  const std::string slot = "pgrehearse_" + base::random_hex(8);
  std::optional<Exchange> exchange;
  std::optional<CopyChunk> chunk;
  base::Lsn confirmed;
  Clock::time_point last_status = Clock::now();
};

LogicalStream::LogicalStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogicalStream::LogicalStream(LogicalStream&&) noexcept = default;
LogicalStream& LogicalStream::operator=(LogicalStream&&) noexcept = default;
LogicalStream::~LogicalStream() = default;

LogicalStream LogicalStream::start(Parameters parameters, const std::string& publication) {
  parameters.insert_or_assign("replication", "database");
  return LogicalStream(std::make_unique<State>(parameters, publication));
}

std::optional<LogicalStream::Item> LogicalStream::next(int timeout_ms) {
  state_->start_once();
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto now = Clock::now();
    if (now - state_->last_status >= kStatusInterval) state_->send_status();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::clamp<Clock::duration>(deadline - now, Clock::duration::zero(), kStatusInterval));
    state_->chunk = state_->exchange->copy_chunk(static_cast<int>(left.count()));
    if (!state_->chunk) {
      if (state_->exchange->copy_ended()) state_->throw_end();
      if (Clock::now() >= deadline) return std::nullopt;
      continue;
    }
    const std::string_view bytes = state_->chunk->bytes();
    if (bytes.front() == 'w' && bytes.size() >= kDataHeader) {
      return Item{{read_u64(bytes, 1)}, bytes.substr(kDataHeader)};
    }
    if (bytes.front() != 'k' || bytes.size() != kKeepaliveSize) malformed();
    if (bytes.back() != 0) state_->send_status();
  }
}

void LogicalStream::confirm(base::Lsn lsn) {
  state_->confirmed = std::max(state_->confirmed, lsn);
  state_->send_status();
}

void LogicalStream::rest() {
  if (state_->exchange) state_->rest();
}

const std::map<std::string, std::string>& pinned_settings() {
  static const std::map<std::string, std::string> kSettings = {
      {"DateStyle", "ISO, MDY"}, {"TimeZone", "UTC"},  {"IntervalStyle", "postgres"}, {"extra_float_digits", "1"},
      {"bytea_output", "hex"},   {"lc_monetary", "C"}, {"xmloption", "content"},
  };
  return kSettings;
}

}  // namespace pg
