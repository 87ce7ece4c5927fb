// A connection to a Redis server (5 and later are tested against; the protocol is RESP2).
//
// Every wait ends on Ctrl-C (sys::wait_ready) and on a time limit. Errors: server, with what to do next; interrupted.
// Passwords are in no message. After an error the connection is of no further use, unless it was the server's own
// refusal of one command. Main thread only. Source: redis.io, "Redis serialization protocol specification".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/address.h"
#include "sys/fd.h"

struct redisContext;

namespace redis {

struct Reply {
  enum class Type { text, integer, nil, array, error };
  Type type = Type::nil;
  std::string text;  // of a text (simple or bulk) or an error; any bytes
  std::int64_t integer = 0;
  std::vector<Reply> elements;
  bool is_error() const { return type == Type::error; }
};

struct Patience {
  std::chrono::seconds connect{10};
  std::chrono::seconds answer{60};
};

class Client {
 public:
  using Command = std::vector<std::string>;  // any bytes

  // Connects, authenticates, selects the address's database, and has had an answer to PING.
  static Client connect(const Address& address, const Patience& patience = {});
  Client(Client&&) noexcept = default;
  Client& operator=(Client&&) noexcept = default;

  // One command and its answer. ask() throws the server's refusal, try_ask() returns it.
  Reply ask(const Command& command);
  Reply try_ask(const Command& command);

  // Many at once: every send() has its receive(), in the same order.
  void send(const Command& command);
  Reply receive();

  // The answer to INFO SECTION as its lines' "NAME:VALUE" has it; empty where it has no such line.
  std::string info(const std::string& section, std::string_view name);

  const std::string& description() const { return description_; }

  // Gives up the socket, for what is no longer request and answer. Every answer must have been received.
  sys::Fd release() &&;

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  Client(redisContext* context, std::string description, const Patience& patience);
  void await_connection();
  void introduce(const Address& address);
  void flush();

  std::unique_ptr<redisContext, Free> context_;
  std::string description_;
  Patience patience_;
  std::string last_;  // name of the command that was sent last, for messages
};

}  // namespace redis
