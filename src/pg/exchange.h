// One request to a server and its answers, over libpq, without ever blocking inside it: every wait goes through
// sys::wait_ready, so that Ctrl-C ends it. Manual: "Asynchronous Command Processing".
//
// Below Connection, and for the replication protocol. Not for use by two threads.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pg {

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeMemory {
  void operator()(char* memory) const { PQfreemem(memory); }
};
using ConnectionHandle = std::unique_ptr<PGconn, FinishConnection>;
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

// The Error(server) that a failed result means, with SQLSTATE, and a hint where the server or the kind gives one.
// `result` may be null: then it is what the connection says.
base::Error server_error(const PGconn* connection, const PGresult* result);

// What to do about an SQLSTATE that is about reaching or entering a server, or about its resources; empty: nothing to
// say.
std::string_view hint_for(std::string_view sqlstate);

// Waits until all that is queued is sent, and takes in what comes meanwhile. Not by transfer(): what goes out between
// its caller's look and its own would leave it waiting for an answer that nobody owes. Throws as transfer() does.
void send_queued(PGconn* connection);

// For an answer that is owed: waits until something can be read, or what is queued can be sent, and takes in what there
// is; at most `timeout_ms` (-1: for ever). Throws Error(server) where there is no connection, Error(interrupted).
void transfer(PGconn* connection, int timeout_ms);

// Asks the server to end what it is doing; without waiting for that.
void cancel(PGconn* connection);
// How long a cancelled request may take to end before its connection is given up.
inline constexpr std::chrono::seconds cancel_patience{5};

// One chunk of COPY data as the server sent it, one row or one protocol message.
class CopyChunk {
 public:
  CopyChunk(char* memory, std::size_t size) : memory_(memory), size_(size) {}
  std::string_view bytes() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char, FreeMemory> memory_;
  std::size_t size_;
};

class Exchange {
 public:
  // Sends `sql` by the simple protocol: several statements, or a replication command.
  Exchange(PGconn* connection, const std::string& sql);
  // Sends one statement by the extended protocol, with text parameters.
  Exchange(PGconn* connection, const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  // Answers not read to their end, because somebody threw: the request is cancelled and what is left of it dropped, so
  // that the connection can be used again. A COPY BOTH is left as it is: only closing the connection ends it.
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Rows come as one result each (PGRES_SINGLE_TUPLE), then an empty PGRES_TUPLES_OK. Before the first next().
  void single_rows();
  // The next result, failed or not; null after the last one.
  ResultHandle next();
  // The next result; a failed one is thrown, as is a missing one.
  ResultHandle next_good();

  // COPY OUT and COPY BOTH, after next() said so. nullopt where `timeout_ms` passed (-1: never), and at the end of the
  // copy: copy_ended() tells which, and then next() tells how the copy went.
  std::optional<CopyChunk> copy_chunk(int timeout_ms = -1);
  bool copy_ended() const { return copy_ended_; }
  // COPY IN and COPY BOTH; `bytes` may be of any size and are not duplicated. false: the connection is gone, next()
  // says why.
  bool put_copy(std::string_view bytes);
  // Ends a COPY IN; with `failure` the server undoes it. The next result says how it went.
  void end_copy(const char* failure = nullptr);

 private:
  void begin(int sent);
  void flush();
  void drop_rest();

  PGconn* connection_;
  bool done_ = false;
  bool copy_both_ = false;
  bool copy_ended_ = false;
};

}  // namespace pg
