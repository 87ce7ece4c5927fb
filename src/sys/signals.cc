#include "sys/signals.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "sys/failure.h"

namespace sys {
namespace {

std::atomic<int> event_fd{-1};
std::atomic<int> received{0};  // the first signal that came, or 0
std::atomic<int> shields{0};

static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free atomics");

void on_signal(int signal) {
  const int saved = errno;
  int none = 0;
  received.compare_exchange_strong(none, signal);
  constexpr std::uint64_t one = 1;
  // Fails only where the counter is full, and then the descriptor is readable already.
  [[maybe_unused]] const ssize_t written = ::write(event_fd.load(), &one, sizeof one);
  errno = saved;
}

void install(int signal) {
  struct sigaction previous{};
  ::sigaction(signal, nullptr, &previous);
  if (signal == SIGHUP && previous.sa_handler == SIG_IGN) return;  // started under nohup
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

int remaining_ms(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

}  // namespace

void install_signal_handlers() {
  if (event_fd >= 0) return;
  event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_fd < 0) {
    throw base::Error(base::Code::internal, fmt::format("cannot make an event descriptor: {}", reason(errno)));
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // where it was inherited as ignored, no exit status would ever reach us
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) install(signal);
}

int interrupt_fd() {
  return shields > 0 ? -1 : event_fd.load();
}

bool interrupted() {
  return received != 0;
}

void check_interrupted() {
  const int signal = received;
  if (signal == 0 || shields > 0) return;
  throw base::Error(base::Code::interrupted, fmt::format("interrupted by SIG{}", ::sigabbrev_np(signal)));
}

bool wait_ready(int fd, short events, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    check_interrupted();
    std::array<pollfd, 2> set{pollfd{fd, events, 0}, pollfd{interrupt_fd(), POLLIN, 0}};
    const int ready = ::poll(set.data(), set.size(), timeout_ms < 0 ? -1 : remaining_ms(deadline));
    if (ready < 0 && errno != EINTR) {
      throw base::Error(base::Code::internal, fmt::format("cannot wait for a descriptor: {}", reason(errno)));
    }
    if (ready > 0 && set[0].revents != 0) {
      check_interrupted();
      return true;
    }
    if (ready == 0) return false;
  }
}

InterruptShield::InterruptShield() {
  ++shields;
}
InterruptShield::~InterruptShield() {
  --shields;
}

}  // namespace sys
