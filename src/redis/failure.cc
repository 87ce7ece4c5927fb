#include "redis/failure.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"

namespace redis {
namespace {

using base::Code;
using base::Error;

// How an error begins, and what helps; the first that fits.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> remedies{{
    {"WRONGPASS", "check the user and the password in the URL, or the password in REDISCLI_AUTH"},
    {"ERR invalid password", "check the password in the URL, or in REDISCLI_AUTH"},
    {"ERR AUTH", "the server wants no password, or no user name: leave it out of the URL"},
    {"ERR Client sent AUTH", "the server wants no password: leave it out of the URL, and unset REDISCLI_AUTH"},
    {"NOAUTH", "the server wants a password: redis://:PASSWORD@host or redis://USER:PASSWORD@host, or REDISCLI_AUTH"},
    {"NOPERM",
     "a backup's user needs +ping +info +replconf +psync +sync, a census +select +dbsize +scan +type "
     "+pttl +pexpiretime +time and the pattern ~* of keys"},
    {"LOADING", "the server is reading its data set after a start: wait until it is done"},
    {"MASTERDOWN", "this is a replica that has lost its master: name another server"},
    {"NOMASTERLINK",
     "this is a replica that has lost its master, and so has nothing whole to give: name its master, "
     "or wait until they are together again"},
    {"MISCONF", "the server cannot save to its own disk: see its log"},
    {"BUSY", "a script is running on the server: wait, or end it by SCRIPT KILL"},
    {"DENIED", "the server is in protected mode: set a password, or connect by its Unix socket"},
    {"ERR max number of clients", "raise maxclients, or close connections"},
    {"ERR DB index is out of range", "the server has fewer databases than the URL's number asks for"},
}};

std::string_view remedy_for(std::string_view said) {
  for (const auto& [beginning, remedy] : remedies) {
    if (said.starts_with(beginning)) return remedy;
  }
  return {};
}

}  // namespace

Error refusal(std::string_view server, std::string_view what, std::string_view said) {
  return {Code::server, fmt::format("{}: {}: {}", server, what, base::mask_secrets(base::one_line(said, 300))),
          std::string(remedy_for(said))};
}

Error connection_lost(std::string_view server, std::string_view what, std::string_view reason) {
  return {Code::server, fmt::format("{}: the connection ended during {}: {}", server, what, reason),
          "see the server's log; it may have been restarted, or may have ended the connection by itself"};
}

Error no_answer(std::string_view server, std::string_view what, long seconds) {
  return {Code::server, fmt::format("{}: no answer to {} for {}", server, what, base::count_of(seconds, "second")),
          "see whether the server is busy (SLOWLOG, INFO) or hangs, and what lies between"};
}

}  // namespace redis
