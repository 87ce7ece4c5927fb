#include "scratch/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "sys/account.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto poll_interval = 5ms;
// How long a server may start without a word in its log; recovery writes one every ten seconds
// (log_startup_progress_interval).
constexpr auto silence_limit = 60s;
constexpr auto checkpoint_limit = 30min;
constexpr auto immediate_limit = 5s;

std::string log_end(const fs::path& log) {
  constexpr std::streamoff most = 64 << 10;
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - most));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The 8th line of postmaster.pid is the postmaster's state (manual: pg_ctl; miscadmin.h, LOCK_FILE_LINE_PM_STATUS).
bool says_ready(const fs::path& data) {
  std::ifstream file(data / "postmaster.pid");
  std::string line;
  for (int number = 1; number <= 8; ++number) {
    if (!std::getline(file, line)) return false;
  }
  return line.starts_with("ready");
}

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;
};

// /proc/PID/stat: "PID (NAME) STATE PPID …"; the name may itself hold blanks and brackets.
std::optional<ProcessEntry> read_process(const fs::path& directory) {
  std::ifstream file(directory / "stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream rest(text.substr(close + 1));
  std::string state;
  ProcessEntry entry;
  rest >> state >> entry.parent;
  entry.pid = static_cast<pid_t>(std::atol(text.c_str()));
  entry.name = text.substr(open + 1, close - open - 1);
  return entry;
}

// The topmost process called `postgres` at or under `ancestor`: inside the sandbox's process space the postmaster has
// another number than outside, and signals sent to the sandbox do not reach it.
pid_t find_postmaster(pid_t ancestor) {
  std::vector<ProcessEntry> processes;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    if (!std::isdigit(static_cast<unsigned char>(entry.path().filename().native().front()))) continue;
    if (auto process = read_process(entry.path())) processes.push_back(std::move(*process));
  }
  std::vector<pid_t> generation{ancestor};
  while (!generation.empty()) {
    std::vector<pid_t> next;
    for (const auto& process : processes) {
      const auto in = [&](pid_t pid) {
        return std::find(generation.begin(), generation.end(), pid) != generation.end();
      };
      if (in(process.pid) && process.name == "postgres") return process.pid;
      if (in(process.parent)) next.push_back(process.pid);
    }
    generation = std::move(next);
  }
  return 0;
}

// What a server that did not do as told is an error of.
base::Error failure(const std::string& what, const fs::path& log) {
  const auto reason = reason_in_log(log);
  const bool disk_full = reason.find("No space left on device") != std::string::npos;
  return base::Error(disk_full ? base::Code::storage : base::Code::server, what + ": " + reason);
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

void require_sandbox(Isolation isolation) {
  if (isolation == Isolation::none) return;
  const auto& status = sys::sandbox_status(sys::server_account());
  if (status.available) return;
  throw base::Error(
      base::Code::tool, "a scratch server cannot be isolated here: " + status.reason,
      "with --no-sandbox it runs all the same, and a script can then reach whatever this machine can reach");
}

std::string reason_in_log(const fs::path& log) {
  const auto end = log_end(log);
  std::istringstream lines(end);
  std::string reasons;
  bool telling = false;
  for (std::string line; std::getline(lines, line);) {
    const bool detail = contains_any(line, {"DETAIL:", "HINT:"});
    telling = contains_any(line, {"FATAL:", "PANIC:", "invalid value for parameter", "unrecognized configuration"}) ||
              (telling && detail);
    if (telling) reasons += (reasons.empty() ? "" : "\n") + line;
  }
  if (!reasons.empty()) return reasons;
  constexpr std::size_t few = 500;
  return end.substr(end.size() - std::min(few, end.size()));
}

std::optional<std::string> reason_of_end(const Instance& instance, const std::string& database) {
  try {
    instance.connect(database);
    return std::nullopt;
  } catch (const base::Error& error) {
    if (error.code() == base::Code::interrupted) throw;
    return reason_in_log(instance.directory() / "log");
  }
}

Server Server::start(const Binaries& binaries, ServerPlace place, Isolation isolation) {
  sys::Command command;
  command.argv = {(binaries.directory / "postgres").string(), "-D", place.data.string()};
  command.environment = binaries.environment();
  command.account = sys::server_account();
  command.directory = "/";
  if (isolation == Isolation::required) {
    sys::SandboxPolicy policy;
    policy.writable = {place.data, place.sockets};
    policy.sockets = {place.sockets};
    policy.readable = binaries.prefixes();
    command = sys::sandboxed(command, policy);
  }
  const sys::Fd log(open(place.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) throw base::Error(base::Code::storage, fmt::format("cannot write {}", place.log.string()));
  Server server(sys::Process::start(command, {.in = -1, .out = log.get(), .err = log.get()}), std::move(place));
  server.await_ready();
  return server;
}

void Server::await_ready() {
  sys::Progress progress("starting a scratch server");
  std::uintmax_t log_size = 0;
  sys::Stopwatch silence;
  while (!says_ready(place_.data)) {
    if (const auto exit = process_.poll())
      throw failure(fmt::format("the scratch server did not start ({})", exit->describe()), place_.log);
    if (const auto size = fs::file_size(place_.log); size != log_size) {
      log_size = size;
      silence = {};
    }
    if (silence.elapsed() > silence_limit)
      throw failure(fmt::format("the scratch server is not ready after {} s", silence_limit.count()), place_.log);
    progress.update(0, 0, "");
    sys::check_interrupted();
    std::this_thread::sleep_for(poll_interval);
  }
}

void Server::signal(int signal) const {
  if (const auto postmaster = find_postmaster(process_.pid()); postmaster > 0) kill(postmaster, signal);
}

void Server::stop() {
  sys::Progress progress("stopping a scratch server");
  signal(SIGINT);
  const auto exit = process_.wait(checkpoint_limit);
  if (exit && exit->ok()) return;
  throw failure(fmt::format("the scratch server did not stop cleanly ({})", exit ? exit->describe() : "still running"),
                place_.log);
}

// An immediate shutdown rather than SIGKILL: the postmaster takes its shared memory and its children with it.
Server::~Server() {
  if (!process_.running()) return;
  const sys::InterruptShield shield;
  try {
    signal(SIGQUIT);
    if (!process_.wait(immediate_limit)) process_.terminate(0ms);
  } catch (const std::exception&) {
    // The process' own destructor ends what is left.
  }
}

}  // namespace scratch
