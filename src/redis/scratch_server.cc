#include "redis/scratch_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "sys/account.h"
#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/file.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace redis {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using namespace std::chrono_literals;

constexpr int poll_interval_ms = 10;
constexpr std::size_t longest_socket_path = 107;  // unix(7)

fs::path find_server() {
  if (const auto found = sys::find_program("redis-server")) return *found;
  throw Error(Code::tool, "there is no redis-server here, and a Redis recovery point is proven by starting one on it",
              "install the Debian package redis-server");
}

// "Redis server v=7.0.15 sha=…": whether it can check what is inside compact encodings.
bool checks_deeply(const fs::path& program) {
  const std::string text = sys::run_or_throw({.argv = {program.string(), "--version"}}).out;
  const auto at = text.find("v=");
  if (at == std::string::npos) return false;
  int major = 0;
  int minor = 0;
  char dot = '.';
  std::istringstream(text.substr(at + 2)) >> major >> dot >> minor;
  return std::pair(major, minor) >= std::pair(6, 2);
}

// Since 7.0 the file is named as such; before, and in other words, by what the loader says.
bool blames_file(std::string_view log) {
  for (const std::string_view word : {"RDB", "rdb", "loading DB", "Bad file format", "Wrong signature", "more than"}) {
    if (log.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

ScratchServer::ScratchServer(fs::path place, ScratchOptions options)
    : place_(std::move(place)), options_(options), program_(find_server()) {
  if ((sockets() / "redis.sock").native().size() > longest_socket_path) {
    throw Error(Code::storage, fmt::format("the path {} is too long for a Unix socket", place_.string()),
                "use a directory with a shorter path");
  }
  const auto account = sys::server_account();
  if (options_.sandbox) {
    const auto& status = sys::sandbox_status(account);
    if (!status.available) {
      throw Error(
          Code::tool, "a scratch Redis server cannot be isolated here: " + status.reason,
          "with --no-sandbox it runs all the same, and what its data holds could then reach what this machine can");
    }
  }
  sys::make_private_directory(data(), account);
  sys::make_private_directory(sockets(), account);
}

ScratchServer::~ScratchServer() {
  const sys::InterruptShield shield;
  try {
    if (process_.running()) process_.terminate(0ms);
  } catch (const std::exception&) {
    // The process' own destructor ends what is left.
  }
  for (const fs::path& path : {data(), sockets(), log()}) sys::discard_tree(path);
}

sys::Command ScratchServer::command() const {
  sys::Command command;
  command.argv = {program_.string(),
                  "--port",
                  "0",
                  "--unixsocket",
                  (sockets() / "redis.sock").string(),
                  "--unixsocketperm",
                  "700",
                  "--dir",
                  data().string(),
                  "--dbfilename",
                  "dump.rdb",
                  "--save",
                  "",
                  "--appendonly",
                  "no",
                  "--daemonize",
                  "no",
                  "--logfile",
                  "",
                  "--databases",
                  std::to_string(options_.databases)};
  if (checks_deeply(program_)) command.argv.insert(command.argv.end(), {"--sanitize-dump-payload", "yes"});
  command.account = sys::server_account();
  command.directory = "/";
  if (!options_.sandbox) return command;
  sys::SandboxPolicy policy;
  policy.writable = {data(), sockets()};
  policy.sockets = {sockets()};
  policy.readable = {program_.parent_path()};
  return sys::sandboxed(command, policy);
}

void ScratchServer::start() {
  if (const auto owner = sys::new_owner(sys::server_account()); owner && fs::exists(rdb())) {
    if (::lchown(rdb().c_str(), owner->uid, owner->gid) != 0) throw sys::storage_error("give away", rdb(), errno);
  }
  const sys::Fd log_file(::open(log().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log_file) throw sys::storage_error("write", log(), errno);
  process_ = sys::Process::start(command(), {.in = -1, .out = log_file.get(), .err = log_file.get()});
  await_ready();
}

void ScratchServer::await_ready() {
  sys::Progress progress("starting a scratch Redis server");
  while (true) {
    if (const auto exit = process_.poll()) {
      const std::string reason = end_of_log(log());
      // One that was killed has said something about the file by then, but nothing against it.
      const bool file = !exit->killed() && blames_file(reason);
      throw Error(file ? Code::storage : Code::tool,
                  fmt::format("{} ({}): {}",
                              file ? "redis-server cannot load the RDB file" : "the scratch Redis server did not start",
                              exit->describe(), reason));
    }
    try {
      connect();
      return;
    } catch (const Error& error) {
      if (error.code() == Code::interrupted) throw;
    }
    progress.update(0, 0, "");
    sys::wait_ready(-1, 0, poll_interval_ms);
  }
}

Address ScratchServer::address() const {
  Address address;
  address.socket = (sockets() / "redis.sock").string();
  return address;
}

Client ScratchServer::connect() const {
  return Client::connect(address());
}

std::string end_of_log(const fs::path& log, std::size_t limit) {
  constexpr std::uint64_t most = 16U << 20U;
  std::istringstream lines(sys::read_file(log, most));
  std::string told;
  for (std::string line; std::getline(lines, line);) {
    // "PID:ROLE DAY MON YEAR TIME LEVEL TEXT"; advice about the machine is no reason.
    const auto level = line.find(" # ");
    if (level == std::string::npos || line.find("WARNING") != std::string::npos) continue;
    told += (told.empty() ? "" : "; ") + line.substr(level + 3);
  }
  if (told.empty()) told = sys::read_file(log, most);
  return base::one_line(told.substr(told.size() - std::min(limit, told.size())), limit);
}

}  // namespace redis
