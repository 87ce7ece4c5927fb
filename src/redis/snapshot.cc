#include "redis/snapshot.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/error.h"
#include "redis/client.h"
#include "redis/failure.h"
#include "sys/failure.h"
#include "sys/signals.h"

namespace redis {
namespace {

using base::Code;
using base::Error;
using Each = std::function<void(std::string_view)>;

constexpr std::size_t piece_size = 1U << 16U;
constexpr std::size_t mark_size = 40;
constexpr std::string_view what = "the snapshot";

// The socket after the handshake: lines first, then the payload.
class Feed {
 public:
  Feed(sys::Fd socket, std::string server, std::chrono::seconds silence)
      : socket_(std::move(socket)), server_(std::move(server)), silence_(silence) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (!sys::wait_ready(socket_.get(), POLLOUT, milliseconds())) throw no_answer(server_, what, silence_.count());
      } else if (errno != EINTR) {
        throw connection_lost(server_, what, sys::reason(errno));
      }
    }
  }

  // The next line that is not empty, without its end.
  std::string line() {
    constexpr std::size_t longest = 1024;
    std::string line;
    while (true) {
      const std::string_view bytes = rest_or_more();
      const auto end = bytes.find('\n');
      line += bytes.substr(0, end);
      rest_ = end == std::string_view::npos ? std::string_view{} : bytes.substr(end + 1);
      if (line.size() > longest) throw connection_lost(server_, what, "it sent what belongs to no protocol of Redis");
      if (end == std::string_view::npos) continue;
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) return line;
    }
  }

  // At least one byte of what came and nobody has taken.
  std::string_view rest_or_more() {
    while (rest_.empty()) {
      const auto got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
      if (got > 0) {
        rest_ = {buffer_.data(), static_cast<std::size_t>(got)};
      } else if (got == 0) {
        throw connection_lost(server_, what,
                              "the server closed it (a failed save, too little memory to fork, repl-timeout or "
                              "client-output-buffer-limit are reasons that its log names)");
      } else if (errno == EAGAIN) {
        if (!sys::wait_ready(socket_.get(), POLLIN, milliseconds())) throw no_answer(server_, what, silence_.count());
      } else if (errno != EINTR) {
        throw connection_lost(server_, what, sys::reason(errno));
      }
    }
    sys::check_interrupted();
    return rest_;
  }
  void consume(std::size_t count) { rest_.remove_prefix(count); }

  const std::string& server() const { return server_; }

 private:
  int milliseconds() const { return static_cast<int>(std::chrono::milliseconds(silence_).count()); }

  sys::Fd socket_;
  std::string server_;
  std::chrono::seconds silence_;
  std::array<char, piece_size> buffer_;
  std::string_view rest_;  // within the buffer
};

void require_whole(Client& client, const SnapshotOptions& options) {
  const std::string mode = client.info("server", "redis_mode");
  if (mode == "sentinel") {
    throw Error(Code::server, fmt::format("{} is a sentinel, which holds no keys", client.description()),
                "name the server that it watches: redis-cli -p PORT sentinel masters");
  }
  if (mode != "cluster" || options.part_of_cluster) return;
  throw Error(
      Code::refused,
      fmt::format("{} is a node of a cluster, and holds a part of its keys: a backup of it would look whole and "
                  "not be",
                  client.description()),
      "back up every master of the cluster, each as what it is: a part");
}

// Old servers know less of REPLCONF, and answer with errors that mean no harm.
void offer(Client& client, const Client::Command& option) {
  const Reply reply = client.try_ask(option);
  if (reply.is_error() && (reply.text.starts_with("NOPERM") || reply.text.starts_with("LOADING")))
    throw refusal(client.description(), what, reply.text);
}

Error cannot_replicate(const std::string& server, std::string_view said) {
  Error error = refusal(server, "it gives no snapshot", said);
  if (said.find("unknown command") != std::string_view::npos) {
    error.with_hint(
        "PSYNC and SYNC were renamed or are forbidden, as managed services do: use the service's own "
        "snapshots, or a replica that you run yourself");
  }
  return error;
}

// "+FULLRESYNC ID OFFSET".
void read_position(std::string_view line, Snapshot& snapshot) {
  const auto id = line.substr(line.find(' ') + 1);
  const auto blank = id.find(' ');
  if (blank == std::string_view::npos) return;
  snapshot.replication_id = id.substr(0, blank);
  const auto offset = id.substr(blank + 1);
  std::from_chars(offset.data(), offset.data() + offset.size(), snapshot.offset);
}

// Asks for a synchronisation and returns the payload's first line, "$…".
std::string begin_payload(Feed& feed, Snapshot& snapshot) {
  feed.send("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n");
  std::string line = feed.line();
  if (line.starts_with("-ERR unknown command")) {
    feed.send("*1\r\n$4\r\nSYNC\r\n");
    line = feed.line();
  }
  if (line.starts_with("+FULLRESYNC")) {
    read_position(line, snapshot);
    line = feed.line();
  }
  if (line.starts_with('-')) throw cannot_replicate(feed.server(), line.substr(1));
  if (!line.starts_with('$'))
    throw connection_lost(feed.server(), what, "the server does not answer as one that gives a snapshot");
  return line;
}

std::uint64_t pass_on(Feed& feed, std::uint64_t size, const Each& each) {
  for (std::uint64_t left = size; left > 0;) {
    const auto bytes = feed.rest_or_more();
    const auto mine = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
    each(mine);
    left -= mine.size();
    feed.consume(mine.size());
  }
  return size;
}

// Until the mark, which may be torn between two pieces.
std::uint64_t pass_on(Feed& feed, const std::string& mark, const Each& each) {
  std::uint64_t passed = 0;
  std::string held;  // what may be the mark's beginning, and what follows it
  while (true) {
    const auto bytes = feed.rest_or_more();
    held += bytes;
    feed.consume(bytes.size());
    const auto end = held.find(mark);
    const auto whole = end != std::string::npos ? end : held.size() - std::min(held.size(), mark.size() - 1);
    for (std::string_view ready(held.data(), whole); !ready.empty();
         ready.remove_prefix(std::min(ready.size(), piece_size)))
      each(ready.substr(0, piece_size));
    passed += whole;
    if (end != std::string::npos) return passed;
    held.erase(0, whole);
  }
}

}  // namespace

Snapshot take_snapshot(const Address& address, const SnapshotOptions& options, const Each& each) {
  Client client = Client::connect(address);
  require_whole(client, options);
  Snapshot snapshot;
  snapshot.server_version = client.info("server", "redis_version");
  snapshot.role = client.info("replication", "role");
  offer(client, {"REPLCONF", "capa", "eof", "capa", "psync2"});
  offer(client, {"REPLCONF", "rdb-only", "1"});
  const std::string server = client.description();
  Feed feed(std::move(client).release(), server, options.silence);

  const std::string line = begin_payload(feed, snapshot);
  constexpr std::string_view marked = "$EOF:";
  snapshot.diskless = line.starts_with(marked);
  if (snapshot.diskless) {
    const std::string mark = line.substr(marked.size());
    if (mark.size() != mark_size) throw connection_lost(server, what, "the server does not say where it will end");
    snapshot.bytes = pass_on(feed, mark, each);
    return snapshot;
  }
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), size);
  if (error != std::errc() || end != line.data() + line.size())
    throw connection_lost(server, what, "the server does not say how large it will be");
  snapshot.bytes = pass_on(feed, size, each);
  return snapshot;
}

}  // namespace redis
