// Whole trees: removing, measuring, cloning.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/error.h"
#include "sys/file.h"
#include "sys/identity.h"

namespace sys {
namespace {

using base::Code;
using base::Error;
using testing::HasSubstr;

struct stat status_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

// Runs `body` where permissions mean something: for root, in a child that has become the server account.
int as_ordinary_user(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    try {
      if (::geteuid() == 0 && !become(identity_of(server_account()))) ::_exit(99);
      ::_exit(body());
    } catch (...) {
      ::_exit(98);
    }
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RemoveTree, RemovesFilesLinksAndDirectories) {
  const TemporaryDirectory directory;
  const fs::path tree = directory.path() / "tree";
  fs::create_directories(tree / "a/b/c");
  write_file(tree / "a/b/f", "x", 0);
  fs::create_symlink("nowhere", tree / "a/dangling");
  ASSERT_EQ(::mkfifo((tree / "pipe").c_str(), 0600), 0);
  remove_tree(tree / "");
  EXPECT_FALSE(fs::exists(tree));
}

TEST(RemoveTree, NeverFollowsLinks) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "tree");
  fs::create_directories(directory.path() / "precious");
  write_file(directory.path() / "precious/f", "x", 0600);
  fs::create_directory_symlink(directory.path() / "precious", directory.path() / "tree/link");
  fs::create_directory_symlink(directory.path() / "precious", directory.path() / "root_link");
  remove_tree(directory.path() / "tree");
  remove_tree(directory.path() / "root_link");
  EXPECT_FALSE(fs::exists(fs::symlink_status(directory.path() / "root_link")));
  EXPECT_EQ(read_file(directory.path() / "precious/f"), "x");
}

TEST(RemoveTree, TakesSingleFilesAndMissingPaths) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "f", "x", 0600);
  remove_tree(directory.path() / "f");
  EXPECT_FALSE(fs::exists(directory.path() / "f"));
  remove_tree(directory.path() / "f");
  remove_tree("/nonexistent/path");
}

TEST(RemoveTree, OpensDirectoriesThatNobodyMayEnter) {
  EXPECT_EQ(as_ordinary_user([] {
              const TemporaryDirectory directory;
              const fs::path tree = directory.path() / "tree";
              fs::create_directories(tree / "shut/inner");
              write_file(tree / "shut/inner/f", "x", 0);
              for (const char* name : {"shut/inner", "shut", ""}) ::chmod((tree / name).c_str(), 0);
              remove_tree(tree);
              return fs::exists(tree) ? 1 : 0;
            }),
            0);
}

TEST(RemoveTree, RemovesWhatItCanAndNamesWhatStays) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a directory that is not its own";
  const TemporaryDirectory directory({}, server_account());
  const fs::path tree = directory.path() / "tree";
  fs::create_directories(tree / "deep/er/theirs");
  write_file(tree / "deep/er/theirs/f", "x", 0600);
  write_file(tree / "ours", "x", 0600);
  ASSERT_EQ(::chown(tree.c_str(), server_account().uid, 0), 0);
  ASSERT_EQ(::chmod((tree / "deep").c_str(), 0755), 0);
  EXPECT_EQ(as_ordinary_user([&] {
              try {
                remove_tree(tree);
              } catch (const Error& error) {
                const bool named = error.message().find("theirs/f: Permission denied") != std::string::npos;
                return named && error.code() == Code::storage ? 0 : 2;
              }
              return 1;
            }),
            0);
  EXPECT_FALSE(fs::exists(tree / "ours"));
  EXPECT_TRUE(fs::exists(tree / "deep/er/theirs/f"));
}

TEST(TreeBytes, CountsRegularFilesOnly) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "a");
  write_file(directory.path() / "a/f", std::string(1000, 'x'), 0600);
  write_file(directory.path() / "g", std::string(24, 'x'), 0600);
  fs::create_symlink("g", directory.path() / "link");
  fs::create_directory_symlink("/usr", directory.path() / "usr");
  EXPECT_EQ(tree_bytes(directory.path()), 1024U);
  EXPECT_THROW(tree_bytes(directory.path() / "missing"), Error);
}

TEST(CloneTree, CopiesContentsModesAndLinks) {
  const TemporaryDirectory directory;
  const fs::path from = directory.path() / "from";
  const fs::path to = directory.path() / "to";
  fs::create_directories(from / "a/empty");
  std::string large;
  for (int i = 0; i < 20'000'000; ++i) large += static_cast<char>(i % 251);
  write_file(from / "a/large", large, 0640);
  write_file(from / "zero", "", 0400);
  fs::create_symlink("../elsewhere", from / "a/link");
  ASSERT_EQ(::chmod((from / "a").c_str(), 0750), 0);
  ASSERT_EQ(::mkfifo((from / "pipe").c_str(), 0600), 0);

  const CloneResult result = clone_tree(from, to);

  EXPECT_EQ(result.bytes, large.size());
  EXPECT_EQ(read_file(to / "a/large"), large);
  EXPECT_EQ(status_of(to / "a/large").st_mode & 07777U, 0640U);
  EXPECT_EQ(status_of(to / "zero").st_mode & 07777U, 0400U);
  EXPECT_EQ(status_of(to / "a").st_mode & 07777U, 0750U);
  EXPECT_EQ(fs::read_symlink(to / "a/link"), "../elsewhere");
  EXPECT_TRUE(fs::is_directory(to / "a/empty"));
  EXPECT_FALSE(fs::exists(to / "pipe"));
}

TEST(CloneTree, LeavesTheSourceAlone) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "from");
  write_file(directory.path() / "from/f", "before", 0600);
  clone_tree(directory.path() / "from", directory.path() / "to");
  const Fd fd(::open((directory.path() / "to/f").c_str(), O_WRONLY | O_CLOEXEC));
  write_all(fd.get(), "after!", "f");
  EXPECT_EQ(read_file(directory.path() / "from/f"), "before");
}

TEST(CloneTree, CopiesAcrossFileSystems) {
  const TemporaryDirectory here;
  const TemporaryDirectory there("/dev/shm");
  fs::create_directories(here.path() / "from");
  const std::string bytes(3'000'000, 'y');
  write_file(here.path() / "from/f", bytes, 0600);
  const CloneResult result = clone_tree(here.path() / "from", there.path() / "to");
  EXPECT_FALSE(result.reflinked);
  EXPECT_EQ(read_file(there.path() / "to/f"), bytes);
}

TEST(CloneTree, GivesTheCopyToItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const TemporaryDirectory directory;
  const Account owner = server_account();
  fs::create_directories(directory.path() / "from/a");
  write_file(directory.path() / "from/a/f", "x", 0600);
  fs::create_symlink("f", directory.path() / "from/a/link");
  clone_tree(directory.path() / "from", directory.path() / "to", owner);
  for (const char* name : {"", "a", "a/f", "a/link"}) {
    EXPECT_EQ(status_of(directory.path() / "to" / name).st_uid, owner.uid) << name;
    EXPECT_EQ(status_of(directory.path() / "from" / name).st_uid, 0U) << name;
  }
}

TEST(CloneTree, RefusesATargetThatExistsAndLeavesIt) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "from");
  fs::create_directories(directory.path() / "to");
  write_file(directory.path() / "to/f", "precious", 0600);
  EXPECT_THROW(clone_tree(directory.path() / "from", directory.path() / "to"), Error);
  EXPECT_EQ(read_file(directory.path() / "to/f"), "precious");
  fs::create_symlink("nowhere", directory.path() / "dangling");
  EXPECT_THROW(clone_tree(directory.path() / "from", directory.path() / "dangling"), Error);
  EXPECT_TRUE(fs::is_symlink(directory.path() / "dangling"));
}

TEST(CloneTree, LeavesNothingBehindWhenItFails) {
  const TemporaryDirectory directory;
  fs::create_directories(directory.path() / "from");
  EXPECT_THROW(clone_tree(directory.path() / "missing", directory.path() / "to"), Error);
  EXPECT_THROW(clone_tree(directory.path() / "from", directory.path() / "no/such/parent"), Error);
  EXPECT_EQ(as_ordinary_user([] {
              const TemporaryDirectory own;
              fs::create_directories(own.path() / "from");
              write_file(own.path() / "from/a", "x", 0600);
              write_file(own.path() / "from/unreadable", "x", 0);
              try {
                clone_tree(own.path() / "from", own.path() / "to");
              } catch (const Error&) {
                return fs::exists(own.path() / "to") ? 2 : 0;
              }
              return 1;
            }),
            0);
}

TEST(CloneTree, SaysBeforehandWhenTheDiskIsTooSmall) {
  const TemporaryDirectory here;
  const TemporaryDirectory there("/dev/shm");
  fs::create_directories(here.path() / "from");
  const std::uint64_t too_much = free_bytes(there.path()) + (1U << 20);
  const Fd fd(::open((here.path() / "from/sparse").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(too_much)), 0);
  try {
    clone_tree(here.path() / "from", there.path() / "to");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::storage);
    EXPECT_THAT(error.message(), HasSubstr("no space left"));
  }
  EXPECT_FALSE(fs::exists(there.path() / "to"));
}

}  // namespace
}  // namespace sys
