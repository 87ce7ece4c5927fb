// A server with every type in every encoding that Redis 7.0 knows, in three databases. For tests.
#pragma once

#include <cstdint>
#include <string>

#include "redis/test_server.h"

namespace redis {

inline constexpr std::uint64_t populated_keys = 100'020;

inline void populate(const TestServer& server) {
  Client client = server.connect();
  std::uint64_t sent = 0;
  const auto send = [&](const Client::Command& command) {
    client.send(command);
    ++sent;
  };
  const auto numbered = [](Client::Command command, int count, int arguments, const std::string& value) {
    for (int i = 0; i < count; ++i) {
      if (arguments > 1 && command[0] == "ZADD") command.push_back(std::to_string(i) + ".5");
      command.push_back(value + std::to_string(i));
      if (arguments > 1 && command[0] == "HSET") command.push_back(value);
    }
    return command;
  };
  const std::string large(20'000, 'x');
  send({"SET", "text", "hello"});
  send({"SET", "integer", "-70000"});
  send({"SET", "large", large});
  send({"SET", "17", "a name that is a number"});
  send({"SET", std::string(60, 'n') + std::string("\0\r\n\xff", 4), "a name that is packed"});
  send({"SET", "expires", "v", "PXAT", "4000000000123"});
  send({"SET", "expires sooner", "v", "PXAT", "3000000000456"});
  send(numbered({"RPUSH", "listpack list"}, 5, 1, "v"));
  send(numbered({"RPUSH", "quicklist"}, 2'000, 1, std::string(100, 'q')));
  send({"RPUSH", "plain nodes", std::string(70'000, 'p'), large});
  send(numbered({"SADD", "intset"}, 100, 1, ""));
  send(numbered({"SADD", "hashed set"}, 600, 1, "member"));
  send(numbered({"ZADD", "listpack zset"}, 5, 2, "m"));
  send(numbered({"ZADD", "skiplist"}, 300, 2, std::string(80, 'm')));
  send(numbered({"HSET", "listpack hash"}, 5, 2, "f"));
  send(numbered({"HSET", "hashed hash"}, 600, 2, "field"));
  send({"EXPIREAT", "hashed hash", "4100000000"});
  for (int i = 0; i < 300; ++i) send({"XADD", "stream", "*", "field", std::to_string(i)});
  send({"XGROUP", "CREATE", "stream", "group", "0"});
  send({"XREADGROUP", "GROUP", "group", "consumer", "COUNT", "10", "STREAMS", "stream", ">"});
  send({"XADD", "emptied", "*", "f", "v"});
  send({"XTRIM", "emptied", "MAXLEN", "0"});
  send({"FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)"});
  send({"SELECT", "5"});
  send({"PFADD", "hyperloglog", "a", "b"});
  send({"SETBIT", "bits", "100000", "1"});
  send({"SELECT", "9"});
  for (int i = 0; i < 100'000; ++i) {
    send({"SET", "key:" + std::to_string(i), "v"});
    if (i % 4 == 0) send({"PEXPIREAT", "key:" + std::to_string(i), std::to_string(3'900'000'000'000 + i)});
  }
  for (; sent > 0; --sent) {
    if (const Reply reply = client.receive(); reply.is_error()) throw std::runtime_error(reply.text);
  }
}

}  // namespace redis
