#include "sys/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "sys/failure.h"
#include "sys/signals.h"

extern "C" {  // glibc 2.36 forgets to say so itself
#include <sys/pidfd.h>
}

namespace sys {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How long a process that got SIGKILL may take to go: one that hangs in the kernel must not hang us.
constexpr auto kill_patience = 5s;

int poll_timeout(std::chrono::milliseconds limit) {
  return static_cast<int>(std::clamp<std::int64_t>(limit.count(), 0, 24 * 3600 * 1000));
}

Exit to_exit(int status) {
  if (WIFSIGNALED(status)) return {-1, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

std::string Exit::describe() const {
  if (signal == 0) return fmt::format("exit status {}", status);
  return fmt::format("signal {} ({})", signal, ::strsignal(signal));
}

Process::~Process() {
  if (!running()) return;
  try {
    terminate();
  } catch (...) {
    ::kill(-pid_, SIGKILL);
  }
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Process ending(std::exchange(pid_, std::exchange(other.pid_, -1)));
  }
  return *this;
}

void Process::signal(int signal) const {
  if (running()) ::kill(pid_, signal);
}

void Process::signal_group(int signal) const {
  if (running()) ::kill(-pid_, signal);
}

Fd Process::open_pidfd() const {
  Fd pidfd(::pidfd_open(pid_, 0));
  if (!pidfd) throw base::Error(base::Code::internal, fmt::format("cannot watch process {}: {}", pid_, reason(errno)));
  return pidfd;
}

std::optional<Exit> Process::poll() {
  if (!running()) return std::nullopt;
  siginfo_t info{};
  const bool known = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  if (known && info.si_pid != pid_) return std::nullopt;
  // What it left behind in its group ends with it, while its number, not reaped yet, is still ours.
  if (known) signal_group(SIGKILL);
  int status = 0;
  pid_t reaped = -1;
  while ((reaped = ::waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return reaped > 0 ? to_exit(status) : Exit{};
}

std::optional<Exit> Process::wait(std::chrono::milliseconds limit) {
  if (!running()) return std::nullopt;
  const Fd pidfd = open_pidfd();
  const auto deadline = Clock::now() + limit;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (limit > 0ms && left <= 0ms) return poll();
    if (wait_ready(pidfd.get(), POLLIN, limit > 0ms ? poll_timeout(left) : -1)) {
      if (auto exit = poll()) return exit;
    }
  }
}

Exit Process::terminate(std::chrono::milliseconds grace) {
  if (!running()) return {};
  const InterruptShield shield;
  signal_group(SIGTERM);
  signal_group(SIGCONT);  // a stopped process would never see it
  if (auto exit = grace > 0ms ? wait(grace) : poll()) return *exit;
  signal_group(SIGKILL);
  if (auto exit = wait(kill_patience)) return *exit;
  pid_ = -1;
  return {-1, SIGKILL};
}

}  // namespace sys
