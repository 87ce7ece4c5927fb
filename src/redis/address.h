// Where a Redis server is, as its clients write it: redis://[user[:password]@]host[:port][/database] and
// unix://[user[:password]@]/path/to.sock[?db=N]; user, password and path percent-encoded (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace redis {

struct Address {
  std::string host;
  int port = 6379;
  std::string socket;  // a Unix socket's path; host and port do not count then
  std::string user;    // of the ACL; empty: the default user
  std::string password;
  int database = 0;

  // For people, without secrets: "redis at db.example.com:6379", "redis at /run/redis/redis.sock".
  std::string description() const;
  // Whether it names a server of this machine, whichever machine this is: by its loopback, or by a Unix socket.
  bool is_local() const;
};

// A URL without a password takes it from REDISCLI_AUTH, as redis-cli does. Throws Error(usage), which never repeats the
// URL, where it is none, and for rediss:// (the client library here has no TLS).
Address parse_address(std::string_view url);

}  // namespace redis
