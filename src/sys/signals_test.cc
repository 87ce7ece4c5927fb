#include "sys/signals.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/process.h"

namespace sys {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Error;

bool throws_interrupted(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code() == Code::interrupted;
  }
  return false;
}

// `body` in a process of its own with handlers installed: a signal that came stays.
#define EXPECT_IN_CHILD(body)                 \
  EXPECT_EXIT(                                \
      {                                       \
        install_signal_handlers();            \
        ::_exit([]() -> bool body() ? 0 : 1); \
      },                                      \
      testing::ExitedWithCode(0), "")

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST(Signals, AreNotWatchedBeforeInstallation) {
  EXPECT_EQ(interrupt_fd(), -1);
  EXPECT_FALSE(interrupted());
  EXPECT_NO_THROW(check_interrupted());
}

TEST(Signals, StayReadableOnceTheyCame) {
  EXPECT_IN_CHILD({
    if (interrupted() || readable(interrupt_fd())) return false;
    ::raise(SIGTERM);
    return interrupted() && readable(interrupt_fd()) && readable(interrupt_fd()) &&
           throws_interrupted(check_interrupted) && throws_interrupted(check_interrupted);
  });
}

TEST(Signals, NameWhatCameFirst) {
  EXPECT_IN_CHILD({
    ::raise(SIGINT);
    ::raise(SIGTERM);
    try {
      check_interrupted();
    } catch (const Error& error) {
      return error.message() == "interrupted by SIGINT";
    }
    return false;
  });
}

TEST(Signals, WaitForTheEndOfAShield) {
  EXPECT_IN_CHILD({
    ::raise(SIGINT);
    {
      const InterruptShield outer;
      const InterruptShield inner;
      check_interrupted();
      if (interrupt_fd() != -1 || !interrupted() || wait_ready(-1, 0, 10)) return false;
    }
    return throws_interrupted(check_interrupted);
  });
}

TEST(Signals, EndAWaitAtOnce) {
  EXPECT_IN_CHILD({
    const Stopwatch stopwatch;
    Process child = Process::start({{"/bin/sh", "-c", "sleep 0.1; kill -HUP $PPID; sleep 100"}, {}, {}, {}}, {});
    return throws_interrupted([&] { child.wait(); }) && stopwatch.elapsed() < 5s;
  });
}

TEST(Signals, EndTheWaitForALock) {
  EXPECT_IN_CHILD({
    const TemporaryDirectory directory;
    const auto lock = FileLock::try_acquire(directory.path() / "lock");
    const Process child = Process::start({{"/bin/sh", "-c", "sleep 0.1; kill -INT $PPID"}, {}, {}, {}}, {});
    return throws_interrupted([&] { FileLock::acquire(directory.path() / "lock"); });
  });
}

TEST(Signals, StopACloneAndRemoveWhatItMade) {
  EXPECT_IN_CHILD({
    const TemporaryDirectory directory;
    fs::create_directories(directory.path() / "from");
    write_file(directory.path() / "from/f", "x", 0600);
    ::raise(SIGINT);
    return throws_interrupted([&] { clone_tree(directory.path() / "from", directory.path() / "to"); }) &&
           !fs::exists(directory.path() / "to");
  });
}

TEST(Signals, LeaveNohupAlone) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        install_signal_handlers();
        ::raise(SIGHUP);
        ::_exit(interrupted() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(WaitReady, TellsReadinessFromTimeout) {
  auto [in, out] = make_pipe();
  EXPECT_FALSE(wait_ready(in.get(), POLLIN, 0));
  const Stopwatch stopwatch;
  EXPECT_FALSE(wait_ready(in.get(), POLLIN, 30));
  EXPECT_GE(stopwatch.elapsed(), 30ms);
  EXPECT_TRUE(wait_ready(out.get(), POLLOUT));
  ASSERT_EQ(::write(out.get(), "x", 1), 1);
  EXPECT_TRUE(wait_ready(in.get(), POLLIN, 1000));
  out.reset();
  EXPECT_TRUE(wait_ready(in.get(), POLLIN, 1000));
}

}  // namespace
}  // namespace sys
