#include "sys/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/error.h"
#include "base/test_error.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/signals.h"

namespace sys {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::error_of;
using testing::HasSubstr;

Command shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {}, {}, {}};
}

std::string output_of(const Command& command) {
  return run_or_throw(command).out;
}

// True once nobody holds the other end any more.
bool reaches_end(int fd, std::chrono::milliseconds limit) {
  const Stopwatch stopwatch;
  char byte = 0;
  while (stopwatch.elapsed() < limit) {
    if (wait_ready(fd, POLLIN, 50) && ::read(fd, &byte, 1) == 0) return true;
  }
  return false;
}

TEST(Exit, DescribesItself) {
  EXPECT_EQ((Exit{2, 0}).describe(), "exit status 2");
  EXPECT_EQ((Exit{-1, SIGKILL}).describe(), "signal 9 (Killed)");
  EXPECT_TRUE((Exit{0, 0}).ok());
  EXPECT_FALSE((Exit{-1, SIGTERM}).ok());
}

TEST(Process, TellsExitStatusAndSignal) {
  EXPECT_EQ(Process::start(shell("exit 7"), {}).wait()->status, 7);
  EXPECT_EQ(Process::start(shell("kill -TERM $$"), {}).wait()->signal, SIGTERM);
  Process process = Process::start(shell("exit 0"), {});
  EXPECT_TRUE(process.running());
  EXPECT_TRUE(process.wait()->ok());
  EXPECT_FALSE(process.running());
  EXPECT_FALSE(process.wait().has_value());
  EXPECT_FALSE(process.poll().has_value());
}

TEST(Process, SaysWhyItCannotStart) {
  const auto start = [](const Command& command) { return error_of([&] { Process::start(command, {}); }); };
  EXPECT_EQ(start({{"no-such-program-here"}, {}, {}, {}}).code(), Code::tool);
  EXPECT_THAT(start({{"no-such-program-here"}, {}, {}, {}}).message(), HasSubstr("not installed"));
  EXPECT_THAT(start({{"/no/such/program"}, {}, {}, {}}).message(), HasSubstr("No such file or directory"));
  EXPECT_THAT(start({{"/etc/passwd"}, {}, {}, {}}).message(), HasSubstr("Permission denied"));
  EXPECT_THAT(start({{"/bin/true"}, {}, "/no/such/place", {}}).message(), HasSubstr("cannot enter /no/such/place"));
  const TemporaryDirectory directory;
  write_file(directory.path() / "script", "exit 0\n", 0700);
  EXPECT_THAT(start({{(directory.path() / "script").string()}, {}, {}, {}}).message(), HasSubstr("#!/bin/sh"));
  EXPECT_EQ(start({{}, {}, {}, {}}).code(), Code::internal);
}

TEST(Process, FindsProgramsInThePathItIsGiven) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "only-here", "#!/bin/sh\necho found", 0700);
  Command command{{"only-here"}, {{"PATH", directory.path().string() + ":/usr/bin:/bin"}}, {}, {}};
  EXPECT_EQ(output_of(command), "found\n");
  EXPECT_FALSE(find_program("only-here").has_value());
  EXPECT_TRUE(find_program("sh").value().is_absolute());
  EXPECT_EQ(find_program((directory.path() / "only-here").string()), directory.path() / "only-here");
  EXPECT_FALSE(find_program(directory.path().string()).has_value());
  EXPECT_FALSE(find_program("").has_value());
}

TEST(Process, SetsAndUnsetsItsEnvironment) {
  ::setenv("PGREHEARSE_TEST_KEPT", "kept", 1);
  ::setenv("PGREHEARSE_TEST_GONE", "here", 1);
  Command command = shell("echo $PGREHEARSE_TEST_KEPT-$PGREHEARSE_TEST_GONE-$PGREHEARSE_TEST_NEW");
  command.environment = {{"PGREHEARSE_TEST_GONE", std::nullopt}, {"PGREHEARSE_TEST_NEW", "a=b"}};
  EXPECT_EQ(output_of(command), "kept--a=b\n");
}

TEST(Process, GivesEachVariableOnlyOnce) {
  const std::string text = "\n" + output_of({{"/usr/bin/env"}, {{"PATH", "/a"}}, {}, {}});
  EXPECT_THAT(text, HasSubstr("\nPATH=/a\n"));
  EXPECT_EQ(text.find("\nPATH="), text.rfind("\nPATH="));
}

TEST(Process, RunsInItsDirectory) {
  EXPECT_EQ(output_of({{"/bin/pwd"}, {}, "/usr", {}}), "/usr\n");
}

TEST(Process, BecomesAnotherAccount) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const Account account = server_account();
  Command command = shell("id -u; id -g; id -G | tr ' ' '\\n' | grep -cx 0; echo $HOME $USER $LOGNAME");
  command.account = account;
  command.directory = "/";
  EXPECT_EQ(output_of(command), std::to_string(account.uid) + "\n" + std::to_string(account.gid) + "\n0\n" +
                                    account.home.string() + " " + account.name + " " + account.name + "\n");
  command.environment["HOME"] = "/elsewhere";
  EXPECT_THAT(output_of(command), HasSubstr("/elsewhere "));
}

TEST(Process, GetsNoDescriptorsButItsStreams) {
  const Fd leaked(::open("/dev/null", O_RDONLY));  // deliberately without O_CLOEXEC
  // The fourth entry is the directory that ls itself reads.
  EXPECT_EQ(output_of({{"/bin/ls", "/proc/self/fd"}, {}, {}, {}}), "0\n1\n2\n3\n");
}

TEST(Process, ConnectsStreamsWhoseNumbersAreInTheWay) {
  const TemporaryDirectory directory;
  // In a child, so that the numbers 0 to 2 of this test stay as they are.
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(0);
    const int out = ::open((directory.path() / "out").c_str(), O_RDWR | O_CREAT, 0600);  // becomes 0
    if (out != 0) ::_exit(1);
    ::close(1);
    const int err = ::open((directory.path() / "err").c_str(), O_RDWR | O_CREAT, 0600);  // becomes 1
    if (err != 1) ::_exit(2);
    ::close(2);
    const auto exit = Process::start(shell("echo out; echo err >&2; cat"), {-1, out, err}).wait();
    ::_exit(exit->ok() ? 0 : 3);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(directory.path() / "out"), "out\n");
  EXPECT_EQ(read_file(directory.path() / "err"), "err\n");
}

TEST(Process, StartsWithDefaultSignals) {
  sigset_t blocked;
  sigset_t previous;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &previous);
  const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  const std::string text = output_of({{"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}, {}, {}, {}});
  std::signal(SIGPIPE, ignored);
  sigset_t now;
  ::sigprocmask(SIG_SETMASK, &previous, &now);
  EXPECT_EQ(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  EXPECT_TRUE(::sigismember(&now, SIGTERM)) << "our own mask was not restored";
}

TEST(Process, LeadsItsOwnGroup) {
  const Process process = Process::start(shell("sleep 100"), {});
  EXPECT_EQ(::getpgid(process.pid()), process.pid());
}

TEST(Process, WaitsNoLongerThanTold) {
  Process process = Process::start(shell("exec sleep 100"), {});
  const Stopwatch stopwatch;
  EXPECT_FALSE(process.wait(100ms).has_value());
  EXPECT_FALSE(process.poll().has_value());
  EXPECT_GE(stopwatch.elapsed(), 100ms);
  EXPECT_LT(stopwatch.elapsed(), 5s);
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(5s)->signal, SIGINT);
}

TEST(Process, TerminatesWithTheGroupItStarted) {
  auto [end, held] = make_pipe();
  Process process = Process::start(shell("sleep 100 & sleep 100 & wait"), {-1, held.get(), -1});
  held.reset();
  const Stopwatch stopwatch;
  EXPECT_EQ(process.terminate().signal, SIGTERM);
  EXPECT_TRUE(reaches_end(end.get(), 5s));
  EXPECT_LT(stopwatch.elapsed(), 2s);
}

TEST(Process, KillsWhatIgnoresTerm) {
  auto [out, out_write] = make_pipe();
  Process process =
      Process::start(shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"), {-1, out_write.get(), -1});
  out_write.reset();
  char byte = 0;
  ASSERT_EQ(::read(out.get(), &byte, 1), 1);
  EXPECT_EQ(process.terminate(100ms).signal, SIGKILL);
  EXPECT_TRUE(reaches_end(out.get(), 5s));
}

TEST(Process, TerminatesAStoppedChildGently) {
  Process process = Process::start(shell("kill -STOP $$; exit 3"), {});
  int status = 0;
  ASSERT_EQ(::waitpid(process.pid(), &status, WUNTRACED), process.pid());
  EXPECT_EQ(process.terminate().signal, SIGTERM);
}

TEST(Process, EndsWhatItsChildLeftInTheBackground) {
  auto [end, held] = make_pipe();
  Process process = Process::start(shell("sleep 100 & exit 0"), {-1, held.get(), -1});
  held.reset();
  EXPECT_TRUE(process.wait(5s)->ok());
  EXPECT_TRUE(reaches_end(end.get(), 5s));
}

TEST(Process, IsEndedByDestructionAndByAssignment) {
  auto [end, held] = make_pipe();
  {
    Process first = Process::start(shell("exec sleep 100"), {-1, held.get(), -1});
    Process second = std::move(first);
    const pid_t pid = second.pid();
    second = Process::start(shell("exec sleep 100"), {-1, held.get(), -1});
    EXPECT_EQ(::kill(pid, 0), -1);
  }
  held.reset();
  EXPECT_TRUE(reaches_end(end.get(), 5s));
}

TEST(Process, DiesWithUs) {
  auto [end, held] = make_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const Command command{{"/bin/sleep", "100"}, {}, "/", server_account()};
    const Process process = Process::start(command, {-1, held.get(), -1});
    ::raise(SIGKILL);
  }
  held.reset();
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(reaches_end(end.get(), 5s));
}

}  // namespace
}  // namespace sys
