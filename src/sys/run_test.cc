#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/test_error.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/signals.h"

namespace sys {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Error;
using base::error_of;
using testing::HasSubstr;

Command shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {}, {}, {}};
}

TEST(Run, CapturesBothOutputsAndTheExit) {
  const Output output = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(output.exit.status, 3);
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
}

TEST(Run, FeedsInputWhileItReadsOutput) {
  std::string input;
  for (int i = 0; i < 500'000; ++i) input += "line " + std::to_string(i) + "\n";
  const Output output = run({{"/bin/cat"}, {}, {}, {}}, input);
  EXPECT_EQ(output.out, input);
}

TEST(Run, GivesAnEmptyInputWithoutOne) {
  EXPECT_EQ(run(shell("wc -c")).out, "0\n");
}

TEST(Run, SurvivesAChildThatDoesNotRead) {
  const auto previous = std::signal(SIGPIPE, SIG_DFL);
  const Output output = run(shell("exec 0<&-; sleep 0.2; echo done"), std::string(10'000'000, 'x'));
  EXPECT_TRUE(output.exit.ok());
  EXPECT_EQ(output.out, "done\n");
  std::signal(SIGPIPE, previous);
}

TEST(Run, WaitsForAChildThatClosesItsPipesEarly) {
  EXPECT_EQ(run(shell("exec 0<&- 1>&- 2>&-; sleep 0.3; exit 5")).exit.status, 5);
}

TEST(Run, DoesNotWaitForThoseWhoInheritedThePipes) {
  const Stopwatch stopwatch;
  const Output output = run(shell("setsid sleep 5 & sleep 5 & echo early"));
  EXPECT_EQ(output.out, "early\n");
  EXPECT_LT(stopwatch.elapsed(), 3s);
}

TEST(Run, KeepsTheFrontOfOutAndTheTailOfErr) {
  const Output output =
      run(shell("echo front; head -c 20000000 /dev/zero; echo back;"
                "{ echo front; head -c 40000000 /dev/zero; echo back; } >&2"));
  EXPECT_TRUE(output.exit.ok());
  EXPECT_EQ(output.out.size(), 16U << 20);
  EXPECT_TRUE(output.out.starts_with("front\n"));
  EXPECT_EQ(output.err.size(), 16U << 20);
  EXPECT_TRUE(output.err.ends_with("back\n"));
}

TEST(Run, EndsWhatTakesTooLong) {
  const Stopwatch stopwatch;
  const Error error = error_of([] { run(shell("sleep 100"), {}, 200ms); });
  EXPECT_EQ(error.code(), Code::tool);
  EXPECT_THAT(error.message(), HasSubstr("took longer than"));
  EXPECT_LT(stopwatch.elapsed(), 2s);
}

TEST(Run, EndsWhatNeverStopsWriting) {
  EXPECT_EQ(error_of([] { run(shell("exec yes"), {}, 300ms); }).code(), Code::tool);
}

TEST(Run, SaysThatAProgramIsMissing) {
  EXPECT_THAT(error_of([] { run({{"no-such-program-here"}, {}, {}, {}}); }).message(),
              HasSubstr("cannot start no-such-program-here"));
}

TEST(RunOrThrow, QuotesTheLastLinesWithoutSecrets) {
  const Error error = error_of([] {
    run_or_throw(shell("for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; echo 'host=h password=SECRET' >&2; exit 2"));
  });
  EXPECT_EQ(error.code(), Code::tool);
  EXPECT_EQ(error.message(), "/bin/sh failed (exit status 2): line 4\nline 5\nline 6\nline 7\nhost=h password=****");
}

TEST(RunOrThrow, NeverShowsTheArguments) {
  const Error error = error_of([] { run_or_throw(shell("exit 1; : SECRET")); });
  EXPECT_EQ(error.message(), "/bin/sh failed (exit status 1)");
}

TEST(RunOrThrow, GivesTheOutputOfWhatWorked) {
  EXPECT_EQ(run_or_throw(shell("echo fine")).out, "fine\n");
}

// Each in a child process of its own, since a signal that came stays.
TEST(RunInterrupted, EndsTheChildAtOnce) {
  EXPECT_EXIT(
      {
        install_signal_handlers();
        const Stopwatch stopwatch;
        const Error error = error_of([] { run(shell("kill -INT $PPID; sleep 100")); });
        ::_exit(error.code() == Code::interrupted && stopwatch.elapsed() < 2s ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(RunInterrupted, IsNotCutShortUnderAShield) {
  EXPECT_EXIT(
      {
        install_signal_handlers();
        const InterruptShield shield;
        ::_exit(run(shell("kill -INT $PPID; sleep 0.2; echo done")).out == "done\n" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace sys
