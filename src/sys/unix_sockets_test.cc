#include "sys/unix_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "sys/file.h"

namespace sys {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view heading = "Num       RefCount Protocol Flags    Type St Inode Path\n";

std::string line(std::string_view path) {
  return "00000000f49d25d3: 00000002 00000000 00010000 0001 01 15403" + std::string(path) + "\n";
}

TEST(SocketPaths, TakesAbsolutePathsOnceEach) {
  const std::string text = std::string(heading) + line(" /run/a.sock") + line("") + line(" @/abstract") +
                           line(" relative.sock") + line(" /run/a.sock") + line(" /var/b c") +
                           "00000000606c4d18: 00000002 00000000 00010000 0001 01     7 /short/inode";
  EXPECT_THAT(socket_paths(text), ElementsAre("/run/a.sock", "/var/b c", "/short/inode"));
}

TEST(SocketPaths, SurvivesWhatItDoesNotKnow) {
  EXPECT_THAT(socket_paths(""), IsEmpty());
  EXPECT_THAT(socket_paths("no newline"), IsEmpty());
  EXPECT_THAT(socket_paths(heading), IsEmpty());
  EXPECT_THAT(socket_paths("x\n\n  \na b c\n1 2 3 4 5 6 7\n1 2 3 4 5 6 7 \n"), IsEmpty());
}

TEST(Reachable, KeepsWhatExistsInItsOrder) {
  const TemporaryDirectory directory;
  const fs::path there = directory.path() / "there";
  write_file(there, "", 0);
  EXPECT_THAT(reachable({there, directory.path() / "gone", "/"}, current_account()), ElementsAre(there, "/"));
}

TEST(Reachable, LooksWithTheEyesOfTheAccount) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const TemporaryDirectory shut;
  const TemporaryDirectory open;
  ASSERT_EQ(::chmod(open.path().c_str(), 0755), 0);
  write_file(shut.path() / "f", "", 0666);
  write_file(open.path() / "f", "", 0);
  EXPECT_THAT(reachable({shut.path() / "f", open.path() / "f", open.path() / "gone"}, server_account()),
              ElementsAre(open.path() / "f"));
}

}  // namespace
}  // namespace sys
