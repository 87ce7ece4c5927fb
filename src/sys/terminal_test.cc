#include "sys/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "sys/fd.h"
#include "sys/pipe.h"

namespace sys {
namespace {

using namespace std::chrono_literals;

// Environment variables as a test needs them, put back at its end.
class TerminalTest : public testing::Test {
 protected:
  TerminalTest() {
    for (const char* name : {"COLUMNS", "NO_COLOR"}) ::unsetenv(name);
    ::setenv("TERM", "xterm", 1);
    int master = -1;
    int slave = -1;
    winsize size{24, 132, 0, 0};
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
    master_ = Fd(master);
    slave_ = Fd(slave);
  }
  ~TerminalTest() override {
    for (const char* name : {"COLUMNS", "NO_COLOR", "TERM"}) ::unsetenv(name);
  }

  Fd master_;
  Fd slave_;
};

// Sends stderr to another descriptor for a while.
class Redirected {
 public:
  explicit Redirected(int target) : saved_(::dup(STDERR_FILENO)) { ::dup2(target, STDERR_FILENO); }
  ~Redirected() { ::dup2(saved_.get(), STDERR_FILENO); }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  Fd saved_;
};

std::string read_now(int fd) {
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  std::string text(4096, '\0');
  const ssize_t got = ::read(fd, text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

TEST_F(TerminalTest, KnowsATerminalItsWidthAndColour) {
  const Terminal found = terminal(slave_.get());
  EXPECT_TRUE(found.is_terminal);
  EXPECT_TRUE(found.colour);
  EXPECT_EQ(found.columns, 132);
}

TEST_F(TerminalTest, TakesAPipeForNone) {
  const Pipe pipe = make_pipe();
  const Terminal found = terminal(pipe.write_end.get());
  EXPECT_FALSE(found.is_terminal);
  EXPECT_FALSE(found.colour);
  EXPECT_EQ(found.columns, 100);
  EXPECT_FALSE(terminal(-1).is_terminal);
}

TEST_F(TerminalTest, ObeysNoColorAndDumbTerminals) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(terminal(slave_.get()).colour);
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(terminal(slave_.get()).colour);
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(terminal(slave_.get()).colour);
}

TEST_F(TerminalTest, LetsColumnsWinWhereItMakesSense) {
  ::setenv("COLUMNS", "77", 1);
  EXPECT_EQ(terminal(slave_.get()).columns, 77);
  ::setenv("COLUMNS", "5", 1);
  EXPECT_EQ(terminal(slave_.get()).columns, 40);
  for (const char* nonsense : {"", "x", "80x", "-3", "0", "99999999999"}) {
    ::setenv("COLUMNS", nonsense, 1);
    EXPECT_EQ(terminal(slave_.get()).columns, 132) << nonsense;
  }
}

TEST_F(TerminalTest, ProgressIsSilentForASecondAndThenRedrawsAndErases) {
  const Redirected redirected(slave_.get());
  {
    Progress progress("decoding");
    progress.update(1, 10, "rows");
    EXPECT_EQ(read_now(master_.get()), "");
    std::this_thread::sleep_for(1010ms);
    progress.update(1234, 5000, "rows");
    EXPECT_EQ(read_now(master_.get()), "\r\x1b[Kdecoding: 1,234 of 5,000 rows (25 %)");
    progress.update(1235, 5000, "rows");
    EXPECT_EQ(read_now(master_.get()), "") << "redrawn too soon";
    std::this_thread::sleep_for(110ms);
    progress.update(3 << 20, 0, "bytes");
    EXPECT_THAT(read_now(master_.get()), testing::MatchesRegex("\r\x1b.Kdecoding: 3.0 MiB, 2..? MiB/s"));
    std::this_thread::sleep_for(110ms);
    progress.update(3 << 20, 6 << 20, "bytes");
    EXPECT_THAT(read_now(master_.get()), testing::MatchesRegex(".*3.0 MiB of 6.0 MiB .50 %., 2..? MiB/s, 2.0 s left"));
    std::this_thread::sleep_for(110ms);
    progress.update(7 << 20, 6 << 20, "bytes");
    EXPECT_THAT(read_now(master_.get()), testing::MatchesRegex("\r\x1b.Kdecoding: 7.0 MiB, [0-9.]+ MiB/s"))
        << "an estimate was passed";
    std::this_thread::sleep_for(110ms);
    progress.update(0, 0, "");
    EXPECT_EQ(read_now(master_.get()), "\r\x1b[Kdecoding …");
  }
  EXPECT_EQ(read_now(master_.get()), "\r\x1b[K");
}

TEST_F(TerminalTest, ProgressPrintsOneLineWhereNothingCanBeRedrawn) {
  const Pipe pipe = make_pipe();
  const Redirected redirected(pipe.write_end.get());
  {
    Progress progress("cloning");
    std::this_thread::sleep_for(1010ms);
    progress.update(1, 10, "bytes");
    std::this_thread::sleep_for(110ms);
    progress.update(2, 10, "bytes");
  }
  EXPECT_EQ(read_now(pipe.read_end.get()), "cloning …\n");
}

TEST_F(TerminalTest, QuickWorkLeavesNoTrace) {
  const Redirected redirected(slave_.get());
  {
    Progress("quick").update(10, 10, "rows");
  }
  EXPECT_EQ(read_now(master_.get()), "");
}

}  // namespace
}  // namespace sys
