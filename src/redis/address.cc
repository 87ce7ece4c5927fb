#include "redis/address.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace redis {
namespace {

using base::Code;
using base::Error;

constexpr auto npos = std::string_view::npos;
constexpr int highest_port = 65535;

Error not_an_address(std::string_view why) {
  return {Code::usage, fmt::format("not the URL of a Redis server: {}", why),
          "write it as redis://[user:password@]host[:port][/database] or unix:///path/to.sock"};
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    unsigned value = 0;
    const auto digits = text.substr(at + 1, 2);
    const auto end = digits.data() + digits.size();
    if (digits.size() != 2 || std::from_chars(digits.data(), end, value, 16).ptr != end)
      throw not_an_address("a % is not followed by two hexadecimal digits (write %25 for itself)");
    decoded += static_cast<char>(value);
    at += 2;
  }
  return decoded;
}

int number(std::string_view text, int highest, std::string_view what) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > highest)
    throw not_an_address(fmt::format("the {} is no number that it can be", what));
  return value;
}

void read_credentials(Address& address, std::string_view text) {
  const auto colon = text.find(':');
  // "redis://secret@host" is how a password without a user is written by mistake; it would be a user.
  address.user = percent_decoded(text.substr(0, colon));
  if (colon != npos) address.password = percent_decoded(text.substr(colon + 1));
}

void read_host(Address& address, std::string_view text) {
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == npos) throw not_an_address("a [ is never closed");
    address.host = text.substr(1, bracket - 1);
    end = bracket + 1 < text.size() ? bracket + 1 : npos;
    if (end != npos && text[end] != ':') throw not_an_address("something stands between ] and the port");
  } else {
    address.host = percent_decoded(text.substr(0, end));
  }
  if (address.host.empty()) throw not_an_address("there is no host in it");
  if (end == npos) return;
  address.port = number(text.substr(end + 1), highest_port, "port");
  if (address.port == 0) throw not_an_address("there is no port 0");
}

void read_query(Address& address, std::string_view query) {
  if (!query.starts_with("db=")) throw not_an_address("the only parameter that may follow a ? is db=NUMBER");
  address.database = number(query.substr(3), INT32_MAX, "database");
}

}  // namespace

std::string Address::description() const {
  if (!socket.empty()) return fmt::format("redis at {}", base::one_line(socket, 200));
  const bool literal_v6 = host.find(':') != std::string::npos;
  return fmt::format("redis at {}:{}", base::one_line(literal_v6 ? "[" + host + "]" : host, 200), port);
}

bool Address::is_local() const {
  return !socket.empty() || host == "localhost" || host == "::1" || host.starts_with("127.");
}

Address parse_address(std::string_view url) {
  const auto mark = url.find("://");
  if (mark == npos) throw not_an_address("it has no redis:// or unix:// at its front");
  const auto scheme = url.substr(0, mark);
  if (scheme == "rediss") {
    throw Error(Code::usage, "rediss:// (TLS) is not supported: the Redis client library of this system has no TLS",
                "reach the server through a tunnel that speaks TLS (stunnel, ssh -L), or by its Unix socket, and give "
                "redis:// or unix://");
  }
  if (scheme != "redis" && scheme != "unix") throw not_an_address("it has no redis:// or unix:// at its front");

  Address address;
  std::string_view rest = url.substr(mark + 3);
  if (const auto question = rest.find('?'); question != npos) {
    read_query(address, rest.substr(question + 1));
    rest = rest.substr(0, question);
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != npos) {
    read_credentials(address, authority.substr(0, at));
    authority = authority.substr(at + 1);
  }
  if (scheme == "unix") {
    if (!authority.empty() || slash == npos) throw not_an_address("the path of a socket begins with a slash");
    address.socket = percent_decoded(rest.substr(slash));
  } else {
    read_host(address, authority);
    if (slash != npos && slash + 1 < rest.size())
      address.database = number(rest.substr(slash + 1), INT32_MAX, "database");
  }
  if (address.password.empty()) {
    if (const char* password = std::getenv("REDISCLI_AUTH")) address.password = password;
  }
  return address;
}

}  // namespace redis
