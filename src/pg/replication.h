// The streaming replication protocol, as a client (manual: "Streaming Replication Protocol").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/lsn.h"
#include "pg/connection.h"

namespace pg {

// A logical slot being read, on a replication connection of its own. Answers keepalives; confirms what was read up to.
// The server does not end it however long nobody reads. Not for use by two threads.
class LogicalStream {
 public:
  // Creates a slot, which stays on the server, to stream `publication` from it (pgoutput, protocol 1, messages on):
  // everything that commits from now on. Waits for transactions that are writing at this moment. The server sends
  // nothing before the first next().
  // Values come with pinned_settings(). Throws Error(server), wal_level below logical among others.
  static LogicalStream start(Parameters parameters, const std::string& publication);
  LogicalStream(LogicalStream&&) noexcept;
  LogicalStream& operator=(LogicalStream&&) noexcept;
  ~LogicalStream();

  struct Item {
    base::Lsn lsn;           // where in the WAL the change stands; 0 for relation and type messages
    std::string_view bytes;  // one pgoutput message; valid until the next call
  };
  // The next message, waiting for it. nullopt after `timeout_ms` without one. Throws Error(server) where the stream
  // ends.
  std::optional<Item> next(int timeout_ms);
  // Tells the server that everything before `lsn` is not needed any more; after a next().
  void confirm(base::Lsn lsn);
  // Nothing is sent until the next next(), which goes on behind what was confirmed. Ends the connection: no server
  // begins a stream twice on one.
  void rest();

 private:
  struct State;
  explicit LogicalStream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The settings that decide how a stream spells values (DateStyle ISO, TimeZone UTC, IntervalStyle postgres,
// extra_float_digits 1, bytea_output hex, lc_monetary C), and that let them be read again (xmloption content), for any
// connection whose text output is compared with the stream's.
const std::map<std::string, std::string>& pinned_settings();

}  // namespace pg
