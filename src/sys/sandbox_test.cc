#include "sys/sandbox.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/error.h"
#include "sys/file.h"
#include "sys/pipe.h"
#include "sys/signals.h"

namespace sys {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using View = SandboxPolicy::View;

// A Unix socket that listens; anybody who can look it up may connect.
Fd listen_at(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_LT(path.native().size(), sizeof address.sun_path);
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  EXPECT_EQ(::listen(fd.get(), 16), 0);
  EXPECT_EQ(::chmod(path.c_str(), 0777), 0);
  return fd;
}

// A TCP socket that listens on the loopback; sets `port`.
Fd listen_on_loopback(int& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd.get(), 16), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

// Commands that run as the account of servers, in / unless said otherwise.
Command as_server(std::vector<std::string> argv) {
  return {std::move(argv), {}, "/", server_account()};
}
Command shell(const std::string& script) {
  return as_server({"/bin/sh", "-c", script});
}

// Prints "connected", or the reason.
Command connect_unix(const fs::path& path) {
  return as_server({"/usr/bin/python3", "-c",
                    fmt::format("import socket\n"
                                "s = socket.socket(socket.AF_UNIX)\n"
                                "try: s.connect('{}'); print('connected')\n"
                                "except OSError as e: print(e)\n",
                                path.string())});
}

Command connect_tcp(int port) {
  return as_server({"/usr/bin/python3", "-c",
                    fmt::format("import socket\n"
                                "try: socket.create_connection(('127.0.0.1', {}), 5); print('connected')\n"
                                "except OSError as e: print(e)\n",
                                port)});
}

std::string inside(const Command& command, const SandboxPolicy& policy) {
  const Output output = run(sandboxed(command, policy));
  EXPECT_THAT(output.err, Not(HasSubstr("bwrap")));
  return output.out + output.err;
}

class SandboxTest : public testing::TestWithParam<View> {
 protected:
  // A directory that servers may enter, in a place that View::everything shows.
  SandboxTest() : visible_(::geteuid() == 0 ? fs::path("/srv") : current_account().home) {
    EXPECT_EQ(::chmod(visible_.path().c_str(), 0755), 0);
    EXPECT_EQ(::chmod(hidden_.path().c_str(), 0755), 0);
  }

  void SetUp() override {
    const SandboxStatus& status = sandbox_status(server_account());
    ASSERT_TRUE(status.available) << status.reason;
    policy_.view = GetParam();
  }

  fs::path owned_directory(const fs::path& parent) const {
    make_private_directory(parent / "owned", server_account());
    return parent / "owned";
  }

  SandboxPolicy policy_;
  TemporaryDirectory visible_;
  TemporaryDirectory hidden_;
};

INSTANTIATE_TEST_SUITE_P(Views, SandboxTest, testing::Values(View::system_only, View::everything),
                         [](const auto& view) {
                           return view.param == View::everything ? "everything" : "system_only";
                         });

TEST_P(SandboxTest, PassesStreamsEnvironmentAndExitStatus) {
  Command command = shell("cat; echo $GIVEN; exit 7");
  command.environment["GIVEN"] = "value";
  const Output output = run(sandboxed(command, policy_), "input\n");
  EXPECT_EQ(output.exit.status, 7);
  EXPECT_EQ(output.out, "input\nvalue\n");
  EXPECT_THAT(output.err, IsEmpty());
}

TEST_P(SandboxTest, RunsAsTheAccountWithoutPrivileges) {
  const std::string text = inside(shell("id -u; grep CapEff /proc/self/status"), policy_);
  EXPECT_EQ(text, fmt::format("{}\nCapEff:\t0000000000000000\n", server_account().uid));
}

TEST_P(SandboxTest, ReachesNoTcpServer) {
  int port = 0;
  const Fd listener = listen_on_loopback(port);
  EXPECT_EQ(run(connect_tcp(port)).out, "connected\n") << "even outside";
  EXPECT_THAT(inside(connect_tcp(port), policy_), HasSubstr("refused"));
}

TEST_P(SandboxTest, ReachesNoUnixServerWhereverItListens) {
  for (const fs::path& directory : {hidden_.path(), visible_.path()}) {
    const fs::path path = directory / "a socket";
    const Fd listener = listen_at(path);
    EXPECT_EQ(run(connect_unix(path)).out, "connected\n") << "even outside";
    EXPECT_THAT(inside(connect_unix(path), policy_), Not(HasSubstr("connected"))) << path;
  }
}

TEST_P(SandboxTest, ReachesNoAbstractSocket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = fmt::format("pgrehearse-test-{}", ::getpid());
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(fd.get(), 16), 0);
  EXPECT_EQ(run(connect_unix("\\0" + name)).out, "connected\n") << "even outside";
  EXPECT_THAT(inside(connect_unix("\\0" + name), policy_), Not(HasSubstr("connected")));
}

TEST_P(SandboxTest, ReachesTheSocketsItIsGiven) {
  for (const fs::path& parent : {hidden_.path(), visible_.path()}) {
    const fs::path directory = owned_directory(parent);
    const Fd listener = listen_at(directory / "s");
    policy_.writable = {directory};
    EXPECT_THAT(inside(connect_unix(directory / "s"), policy_), Not(HasSubstr("connected"))) << directory;
    policy_.sockets = {directory};
    EXPECT_EQ(inside(connect_unix(directory / "s"), policy_), "connected\n") << directory;
  }
}

TEST_P(SandboxTest, WritesOnlyWhereItMay) {
  const fs::path allowed = owned_directory(hidden_.path());
  const fs::path denied = owned_directory(visible_.path());
  policy_.writable = {allowed};
  policy_.readable = {denied};
  inside(shell(fmt::format("echo x > {}/f; echo x > {}/f; echo x > /tmp/pgrehearse-f; echo x > /usr/f; echo x > /f",
                           allowed.string(), denied.string())),
         policy_);
  EXPECT_EQ(read_file(allowed / "f"), "x\n");
  EXPECT_FALSE(fs::exists(denied / "f"));
  EXPECT_FALSE(fs::exists("/tmp/pgrehearse-f"));
  EXPECT_FALSE(fs::exists("/usr/f"));
  EXPECT_FALSE(fs::exists("/f"));
}

TEST_P(SandboxTest, HasAPrivateTmpThatWorks) {
  write_file(hidden_.path() / "secret", "x", 0644);
  const std::string text = inside(
      shell(fmt::format("echo y > /tmp/f && cat /tmp/f; cat {}/secret; ls -A /run /var/tmp", hidden_.path().string())),
      policy_);
  EXPECT_THAT(text, HasSubstr("y\n"));
  EXPECT_THAT(text, HasSubstr("secret: No such file"));
  EXPECT_THAT(text, HasSubstr("/run:\n\n/var/tmp:\n"));
}

TEST_P(SandboxTest, ReadsWhatItIsGiven) {
  for (const fs::path& directory : {hidden_.path(), visible_.path()}) {
    write_file(directory / "f", "content", 0644);
    policy_.readable = {directory / ""};
    EXPECT_EQ(inside(as_server({"/bin/cat", (directory / "f").string()}), policy_), "content");
  }
}

TEST_P(SandboxTest, FindsWhatItIsGivenUnderTheNameOfALink) {
  for (const fs::path& parent : {hidden_.path(), visible_.path()}) {
    const fs::path directory = owned_directory(parent);
    fs::create_directory_symlink(directory, parent / "link");
    policy_.writable = {parent / "link"};
    EXPECT_EQ(inside(shell(fmt::format("echo via > {0}/link/f; cat {0}/owned/f", parent.string())), policy_), "via\n");
    EXPECT_EQ(read_file(directory / "f"), "via\n");
  }
}

TEST_P(SandboxTest, SeesTheRestOfTheSystemAsItsViewSays) {
  write_file(visible_.path() / "f", "content", 0644);
  const std::string text = inside(as_server({"/bin/cat", (visible_.path() / "f").string()}), policy_);
  EXPECT_THAT(text, HasSubstr(policy_.view == View::everything ? "content" : "No such file"));
}

TEST_P(SandboxTest, StartsWhereItIsTold) {
  const fs::path directory = owned_directory(hidden_.path());
  policy_.writable = {directory};
  Command command = as_server({"/bin/pwd"});
  command.directory = directory;
  EXPECT_EQ(inside(command, policy_), directory.string() + "\n");
}

TEST_P(SandboxTest, SeesNoOtherProcesses) {
  const pid_t ours = ::getpid();
  EXPECT_THAT(inside(shell(fmt::format("kill -0 {} || ls /proc | grep -cx '[0-9]*'", ours)), policy_),
              HasSubstr("No such process"));
}

TEST_P(SandboxTest, DiesWhenItsParentIsKilled) {
  auto [end, held] = make_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const Process process =
        Process::start(sandboxed(shell("setsid sleep 100 & echo up; sleep 100"), policy_), {-1, held.get(), -1});
    ::pause();
  }
  held.reset();
  char text[3];
  ASSERT_EQ(::read(end.get(), text, 3), 3);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  // The pipe ends when nobody inside holds it any more.
  ASSERT_TRUE(wait_ready(end.get(), POLLIN, 5000));
  EXPECT_EQ(::read(end.get(), text, 1), 0);
}

TEST_P(SandboxTest, EndsWithItsProcess) {
  auto [end, held] = make_pipe();
  {
    const Process process =
        Process::start(sandboxed(shell("setsid sleep 100 & echo up; sleep 100"), policy_), {-1, held.get(), -1});
    held.reset();
    char text[3];
    ASSERT_EQ(::read(end.get(), text, 3), 3);
  }
  ASSERT_TRUE(wait_ready(end.get(), POLLIN, 5000));
  char byte = 0;
  EXPECT_EQ(::read(end.get(), &byte, 1), 0);
}

TEST_P(SandboxTest, CopesWithManySocketsAndWithVanishedOnes) {
  std::vector<Fd> listeners;
  for (int i = 0; i < 300; ++i) listeners.push_back(listen_at(visible_.path() / fmt::format("s{}", i)));
  for (int i = 0; i < 300; i += 3) fs::remove(visible_.path() / fmt::format("s{}", i));  // still listed by the kernel
  EXPECT_EQ(inside(shell("echo fine"), policy_), "fine\n");
  EXPECT_THAT(inside(connect_unix(visible_.path() / "s100"), policy_), Not(HasSubstr("connected")));
}

TEST_P(SandboxTest, CopesWithSocketsThatItsAccountCannotLookUp) {
  const TemporaryDirectory shut(visible_.path());
  const Fd listener = listen_at(shut.path() / "s");
  EXPECT_EQ(inside(shell("echo fine"), policy_), "fine\n");
}

TEST(SandboxStatus, SaysWhatToInstallWhereBubblewrapIsMissing) {
  EXPECT_EXIT(
      {
        ::setenv("PATH", "/nonexistent", 1);
        const SandboxStatus& status = sandbox_status(server_account());
        bool thrown = false;
        try {
          sandboxed({{"/bin/true"}, {}, {}, {}}, {});
        } catch (const base::Error& error) {
          thrown = error.code() == base::Code::tool && error.hint().find("bubblewrap") != std::string::npos;
        }
        ::_exit(!status.available && status.reason.find("package bubblewrap") != std::string::npos && thrown ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(SandboxStatus, SaysHowToAllowWhatIsForbidden) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  write_file(directory.path() / "bwrap",
             "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", 0755);
  EXPECT_EXIT(
      {
        ::setenv("PATH", directory.path().c_str(), 1);
        const SandboxStatus& status = sandbox_status(server_account());
        ::_exit(!status.available && status.reason.find("No permissions") != std::string::npos &&
                        status.reason.find("user namespaces") != std::string::npos
                    ? 0
                    : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace sys
