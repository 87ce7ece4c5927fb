#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "sys/failure.h"
#include "sys/pipe.h"
#include "sys/process.h"
#include "sys/signals.h"

namespace sys {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::size_t capture_limit = std::size_t{16} << 20;
constexpr std::size_t chunk = std::size_t{64} << 10;
constexpr std::size_t pipe_capacity = std::size_t{1} << 20;
constexpr std::size_t error_lines = 5;

void set_nonblocking(const Fd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

// Writing to a child that no longer reads gives EPIPE here, whether or not the process ignores SIGPIPE.
class NoSigpipe {
 public:
  NoSigpipe() {
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &previous_);
  }
  ~NoSigpipe() {
    constexpr timespec at_once{};
    while (::sigtimedwait(&sigpipe_, nullptr, &at_once) == SIGPIPE) {
    }
    ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t sigpipe_{};
  sigset_t previous_{};
};

// Which end of an output that is too long is kept.
enum class Keep { front, tail };

// One of the child's outputs: our end of the pipe, and what came out of it.
class Capture {
 public:
  Capture(Fd fd, Keep keep) : fd_(std::move(fd)), keep_(keep) { set_nonblocking(fd_); }

  int fd() const { return fd_.get(); }
  // Takes what is there now, as much as a pipe can hold: a writer that never pauses must not keep us here. Closes at
  // the end.
  void drain() {
    std::array<char, chunk> buffer;
    for (std::size_t taken = 0; fd_ && taken < pipe_capacity; taken += buffer.size()) {
      const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
      if (got > 0) {
        add({buffer.data(), static_cast<std::size_t>(got)});
      } else if (got < 0 && errno == EINTR) {
        continue;
      } else if (got < 0 && errno == EAGAIN) {
        return;
      } else {
        fd_.reset();
      }
    }
  }
  std::string take() {
    if (text_.size() > capture_limit) text_.erase(0, text_.size() - capture_limit);
    return std::move(text_);
  }

 private:
  void add(std::string_view bytes) {
    if (keep_ == Keep::front) {
      text_.append(bytes.substr(0, capture_limit - text_.size()));
      return;
    }
    text_.append(bytes);
    if (text_.size() > 2 * capture_limit) text_.erase(0, text_.size() - capture_limit);
  }

  Fd fd_;
  Keep keep_;
  std::string text_;
};

// The child's standard input: our end of the pipe, and what is still to be written to it.
class Feed {
 public:
  Feed(Fd fd, std::string_view rest) : fd_(std::move(fd)), rest_(rest) {
    set_nonblocking(fd_);
    push();
  }

  int fd() const { return fd_.get(); }
  // Writes what fits now; closes when all is written or nobody reads any more.
  void push() {
    while (fd_ && !rest_.empty()) {
      const ssize_t written = ::write(fd_.get(), rest_.data(), rest_.size());
      if (written >= 0) {
        rest_.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        break;
      }
    }
    fd_.reset();
  }

 private:
  Fd fd_;
  std::string_view rest_;
};

// A child with both its outputs and its input in our hands.
class Session {
 public:
  Session(const Command& command, std::string_view input)
      : Session(command, input, make_pipe(), make_pipe(), make_pipe()) {}

  Output finish(const std::string& program, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    // The child's end is the end: whoever else holds the pipes may hold them for ever.
    std::optional<Exit> exit;
    while (!(exit = process_.poll())) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (limit > 0ms && left <= 0ms) {
        throw Error(Code::tool, fmt::format("{} took longer than {} ms and was ended", program, limit.count()));
      }
      wait_for_something(limit > 0ms ? static_cast<int>(std::min<std::int64_t>(left.count(), 3600'000)) : -1);
      feed_.push();
      out_.drain();
      err_.drain();
    }
    out_.drain();
    err_.drain();
    return {*exit, out_.take(), err_.take()};
  }

 private:
  Session(const Command& command, std::string_view input, Pipe in, Pipe out, Pipe err)
      : process_(Process::start(command, {in.read_end.get(), out.write_end.get(), err.write_end.get()})),
        pidfd_(process_.open_pidfd()),
        feed_(std::move(in.write_end), input),
        out_(std::move(out.read_end), Keep::front),
        err_(std::move(err.read_end), Keep::tail) {}

  void wait_for_something(int timeout_ms) {
    check_interrupted();
    std::array<pollfd, 5> set{pollfd{pidfd_.get(), POLLIN, 0}, pollfd{interrupt_fd(), POLLIN, 0},
                              pollfd{feed_.fd(), POLLOUT, 0}, pollfd{out_.fd(), POLLIN, 0},
                              pollfd{err_.fd(), POLLIN, 0}};
    if (::poll(set.data(), set.size(), timeout_ms) < 0 && errno != EINTR) {
      throw Error(Code::internal, fmt::format("cannot wait for a child process: {}", reason(errno)));
    }
    check_interrupted();
  }

  Process process_;
  Fd pidfd_;
  Feed feed_;
  Capture out_;
  Capture err_;
};

// The last few lines of what a program complained about, without secrets.
std::string complaint(std::string_view err) {
  while (!err.empty() && (err.back() == '\n' || err.back() == ' ' || err.back() == '\r')) err.remove_suffix(1);
  std::size_t begin = err.size();
  for (std::size_t lines = 0; lines < error_lines && begin != std::string_view::npos && begin > 0; ++lines) {
    begin = err.rfind('\n', begin - 1);
  }
  if (begin != std::string_view::npos && begin > 0) err.remove_prefix(begin + 1);
  return base::to_valid_utf8(base::mask_secrets(err));
}

}  // namespace

Output run(const Command& command, std::string_view input, std::chrono::milliseconds limit) {
  const NoSigpipe no_sigpipe;
  Session session(command, input);
  return session.finish(command.argv.front(), limit);
}

Output run_or_throw(const Command& command, std::string_view input, std::chrono::milliseconds limit) {
  Output output = run(command, input, limit);
  if (output.exit.ok()) return output;
  const std::string said = complaint(output.err);
  throw Error(Code::tool, fmt::format("{} failed ({}){}{}", command.argv.front(), output.exit.describe(),
                                      said.empty() ? "" : ": ", said));
}

}  // namespace sys
