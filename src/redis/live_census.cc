#include "redis/live_census.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "sys/signals.h"

namespace redis {
namespace {

using base::Code;
using base::Error;

constexpr int most_attempts = 5;
constexpr int first_pause_ms = 50;  // doubled with every attempt: a hash table that shrinks shows keys twice

Kind kind_of(std::string_view type) {
  for (std::size_t kind = 0; kind < kind_names.size(); ++kind) {
    if (kind_names[kind] == type) return static_cast<Kind>(kind);
  }
  return Kind::module;
}

// The server's clock, which expiries go by.
base::Instant server_time(Client& client) {
  const Reply reply = client.ask({"TIME"});
  const auto number = [&](std::size_t which) {
    std::int64_t value = 0;
    if (which >= reply.elements.size()) return value;
    const std::string& text = reply.elements[which].text;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  return base::Instant(std::chrono::milliseconds(number(0) * 1000 + number(1) / 1000));
}

std::vector<std::uint64_t> databases_with_keys(Client& client) {
  const std::string answer = client.ask({"INFO", "keyspace"}).text;
  std::vector<std::uint64_t> found;
  constexpr std::string_view mark = "\ndb";
  for (auto at = answer.find(mark); at != std::string::npos; at = answer.find(mark, at + 1)) {
    std::uint64_t number = 0;
    const char* begin = answer.data() + at + mark.size();
    if (std::from_chars(begin, answer.data() + answer.size(), number).ec == std::errc()) found.push_back(number);
  }
  return found;
}

// One pass over the selected database.
class Pass {
 public:
  Pass(Client& client, std::uint64_t database, bool exact, std::optional<base::Instant> horizon)
      : client_(client), database_(database), exact_(exact), tally_(horizon) {}

  // How many keys it met.
  std::int64_t go() {
    std::string cursor = "0";
    do {
      const Reply batch = client_.ask({"SCAN", cursor, "COUNT", "1000"});
      if (batch.elements.size() != 2)
        throw Error(Code::server, client_.description() + ": SCAN answers with no cursor");
      ask_about(batch.elements[1].elements);
      cursor = batch.elements[0].text;
    } while (cursor != "0");
    return met_;
  }

  const Census& census() const { return tally_.census(); }

 private:
  void ask_about(const std::vector<Reply>& names) {
    // What PEXPIRETIME tells is an instant, what PTTL tells a duration from now on.
    const auto now = exact_ ? base::Instant{} : server_time(client_);
    for (const Reply& name : names) {
      client_.send({"TYPE", name.text});
      client_.send({exact_ ? "PEXPIRETIME" : "PTTL", name.text});
    }
    for (const Reply& name : names) {
      const Reply type = client_.receive();
      const Reply expiry = client_.receive();
      for (const Reply* reply : {&type, &expiry}) {
        if (reply->is_error())
          throw Error(Code::server, fmt::format("{}: {}", client_.description(), base::one_line(reply->text, 200)));
      }
      count(name.text, type.text, expiry.integer, now);
    }
  }

  void count(std::string_view name, std::string_view type, std::int64_t expiry, base::Instant now) {
    constexpr std::int64_t never = -1;
    constexpr std::int64_t gone = -2;
    if (type == "none" || expiry == gone) return;
    ++met_;
    tally_.begin(database_, kind_of(type),
                 expiry == never ? std::nullopt : std::optional(now + std::chrono::milliseconds(expiry)));
    tally_.name(name);
    tally_.end();
  }

  Client& client_;
  std::uint64_t database_;
  bool exact_;
  Tally tally_;
  std::int64_t met_ = 0;
};

DatabaseCensus settled(Client& client, std::uint64_t database, bool exact, std::optional<base::Instant> horizon) {
  client.ask({"SELECT", std::to_string(database)});
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (attempt > 0) sys::wait_ready(-1, 0, first_pause_ms << attempt);
    const auto before = client.ask({"DBSIZE"}).integer;
    Pass pass(client, database, exact, horizon);
    const auto met = pass.go();
    if (met != before || client.ask({"DBSIZE"}).integer != before) continue;
    const auto& found = pass.census().databases;
    return found.empty() ? DatabaseCensus{} : found.at(database);
  }
  throw Error(Code::server,
              fmt::format("{}: database {} does not come to rest: keys come or go while they are counted",
                          client.description(), database),
              "a census is for a server that nobody else uses");
}

}  // namespace

Census take_census(Client& client, std::optional<base::Instant> horizon) {
  Census census;
  // The name is as good as any: what counts is whether the command is known.
  const Reply probe = client.try_ask({"PEXPIRETIME", "pgrehearse"});
  census.exact_expiries = !probe.is_error();
  for (const std::uint64_t database : databases_with_keys(client)) {
    DatabaseCensus found = settled(client, database, census.exact_expiries, horizon);
    if (!census.exact_expiries) found.expiries = {};
    if (found.total() + found.passed > 0) census.databases.emplace(database, found);
  }
  if (horizon && server_time(client) >= *horizon) {
    throw Error(Code::server,
                fmt::format("{}: the census took longer than its horizon, {}", client.description(),
                            base::to_rfc3339(*horizon)),
                "take both censuses again, with a later horizon");
  }
  return census;
}

}  // namespace redis
