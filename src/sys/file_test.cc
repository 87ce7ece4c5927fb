#include "sys/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/test_error.h"
#include "sys/pipe.h"

namespace sys {
namespace {

using base::Code;
using base::Error;
using base::error_of;
using testing::HasSubstr;

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

TEST(ReadFile, ReadsWholeFilesBytesAndAll) {
  const TemporaryDirectory directory;
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7);
  write_file(directory.path() / "f", bytes, 0600);
  EXPECT_EQ(read_file(directory.path() / "f"), bytes);
  write_file(directory.path() / "empty", "", 0600);
  EXPECT_EQ(read_file(directory.path() / "empty"), "");
}

TEST(ReadFile, ReadsFilesThatTellNoSize) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Pid:"));
}

TEST(ReadFile, HoldsToItsLimit) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "f", "12345", 0600);
  EXPECT_EQ(read_file(directory.path() / "f", 5), "12345");
  EXPECT_EQ(error_of([&] { read_file(directory.path() / "f", 4); }).code(), Code::input);
  EXPECT_EQ(error_of([&] { read_file("/dev/zero", 1 << 20); }).code(), Code::input);
}

TEST(ReadFile, SaysWhyNot) {
  const Error missing = error_of([] { read_file("/nonexistent/file"); });
  EXPECT_EQ(missing.code(), Code::storage);
  EXPECT_EQ(missing.message(), "cannot read /nonexistent/file: No such file or directory");
  EXPECT_THAT(error_of([] { read_file("/tmp"); }).message(), HasSubstr("Is a directory"));
}

TEST(WriteNewFile, NeverTouchesWhatIsThere) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "new";
  EXPECT_TRUE(write_new_file(path, "one", 0644));
  EXPECT_FALSE(write_new_file(path, "two", 0644));
  EXPECT_EQ(read_file(path), "one");
  const fs::path link = directory.path() / "link";
  fs::create_symlink(directory.path() / "nowhere", link);
  EXPECT_FALSE(write_new_file(link, "two", 0644));
  EXPECT_FALSE(fs::exists(directory.path() / "nowhere"));
  EXPECT_THROW(write_new_file("/dev/full/x", "", 0644), base::Error);
}

TEST(AtomicFile, AppearsOnlyWithCommit) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "f";
  {
    AtomicFile file(path, 0640);
    file.write("he");
    file.write("llo");
    EXPECT_FALSE(fs::exists(path));
    file.commit();
  }
  EXPECT_EQ(read_file(path), "hello");
  EXPECT_EQ(mode_of(path), 0640U);
  EXPECT_EQ(entries(directory.path()), 1U);
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "f", "old", 0600);
  {
    AtomicFile(directory.path() / "f", 0600).write("new");
  }
  EXPECT_EQ(read_file(directory.path() / "f"), "old");
  EXPECT_EQ(entries(directory.path()), 1U);
}

TEST(AtomicFile, ReplacesALinkAndNotWhatItPointsTo) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "target", "old", 0600);
  fs::create_symlink("target", directory.path() / "link");
  write_file(directory.path() / "link", "new", 0600);
  EXPECT_EQ(read_file(directory.path() / "target"), "old");
  EXPECT_EQ(read_file(directory.path() / "link"), "new");
}

TEST(AtomicFile, TakesNamesAsLongAsTheFileSystemDoes) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / std::string(255, 'n');
  write_file(path, "x", 0600);
  EXPECT_EQ(read_file(path), "x");
}

TEST(AtomicFile, SaysWhyNot) {
  EXPECT_THAT(error_of([] { AtomicFile("/nonexistent/f", 0600); }).message(), HasSubstr("/nonexistent/f"));
  const TemporaryDirectory directory;
  EXPECT_EQ(error_of([&] { write_file(directory.path(), "x", 0600); }).code(), Code::storage);
}

TEST(WriteAll, NamesAFullDisk) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Error error = error_of([&] { write_all(full.get(), "x", "/some/where"); });
  EXPECT_EQ(error.code(), Code::storage);
  EXPECT_THAT(error.message(), HasSubstr("no space left on the filesystem of /some/where"));
  EXPECT_FALSE(error.hint().empty());
}

TEST(MakePrivateDirectory, CreatesParentsAndSetsModes) {
  const TemporaryDirectory directory;
  make_private_directory(directory.path() / "a" / "b/");
  EXPECT_EQ(mode_of(directory.path() / "a"), 0700U);
  EXPECT_EQ(mode_of(directory.path() / "a/b"), 0700U);
  make_private_directory(directory.path() / "a/b", {}, true);
  EXPECT_EQ(mode_of(directory.path() / "a/b"), 0711U);
}

TEST(MakePrivateDirectory, TightensWhatIsThere) {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "a");
  fs::permissions(directory.path() / "a", fs::perms::all);
  make_private_directory(directory.path() / "a");
  EXPECT_EQ(mode_of(directory.path() / "a"), 0700U);
}

TEST(MakePrivateDirectory, RefusesWhatIsNoDirectoryOrNotOurs) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "f", "", 0600);
  EXPECT_EQ(error_of([&] { make_private_directory(directory.path() / "f"); }).code(), Code::storage);
  EXPECT_EQ(error_of([&] { make_private_directory(directory.path() / "f" / "x"); }).code(), Code::storage);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a directory that is not its own";
  fs::create_directory(directory.path() / "theirs");
  ASSERT_EQ(::chown((directory.path() / "theirs").c_str(), 12345, 12345), 0);
  EXPECT_THAT(error_of([&] { make_private_directory(directory.path() / "theirs"); }).message(),
              HasSubstr("belongs to another account"));
}

TEST(MakePrivateDirectory, GivesItToTheOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const TemporaryDirectory directory;
  const Account owner = server_account();
  make_private_directory(directory.path() / "a/b", owner);
  make_private_directory(directory.path() / "a/b", owner);
  for (const char* name : {"a", "a/b"}) {
    struct stat status{};
    ASSERT_EQ(::stat((directory.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, owner.uid) << name;
  }
}

TEST(FileLock, IsExclusiveUntilDropped) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  auto lock = FileLock::try_acquire(path);
  ASSERT_TRUE(lock.has_value());
  EXPECT_FALSE(FileLock::try_acquire(path).has_value());
  lock.reset();
  EXPECT_TRUE(FileLock::try_acquire(path).has_value());
  FileLock::acquire(path);
}

TEST(FileLock, IsHeldAgainstOtherProcessesAndEndsWithThem) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "lock";
  auto [ready_in, ready_out] = make_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto lock = FileLock::try_acquire(path);
    const char answer = lock ? '1' : '0';
    [[maybe_unused]] const auto written = ::write(ready_out.get(), &answer, 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready_in.get(), &answer, 1), 1);
  EXPECT_EQ(answer, '1');
  EXPECT_FALSE(FileLock::try_acquire(path).has_value());
  ::kill(pid, SIGKILL);
  FileLock::acquire(path);
  ::waitpid(pid, nullptr, 0);
}

TEST(TemporaryDirectory, IsPrivateAndGoesWithItsObject) {
  fs::path path;
  {
    TemporaryDirectory first;
    path = first.path();
    EXPECT_EQ(mode_of(path), 0700U);
    const TemporaryDirectory second = std::move(first);
    EXPECT_EQ(second.path(), path);
    write_file(path / "f", "x", 0600);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryDirectory, SaysWhyNot) {
  EXPECT_EQ(error_of([] { TemporaryDirectory("/nonexistent"); }).code(), Code::storage);
}

TEST(FreeBytes, KnowsTheFileSystemAndSaysWhyNot) {
  EXPECT_GT(free_bytes("/tmp"), 0U);
  EXPECT_EQ(error_of([] { free_bytes("/nonexistent"); }).code(), Code::storage);
}

TEST(TemporaryDirectory, OfAKilledProcessIsReapedAndNoOther) {
  const TemporaryDirectory parent;
  const TemporaryDirectory alive(parent.path());
  fs::create_directory(parent.path() / "somebody-elses");
  const pid_t child = ::fork();
  if (child == 0) {
    const TemporaryDirectory lost(parent.path());
    write_file(lost.path() / "service", "host=h", 0600);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(entries(parent.path()), 3U);
  EXPECT_EQ(reap_temporary_directories(parent.path()), 1);
  EXPECT_TRUE(fs::exists(alive.path()));
  EXPECT_TRUE(fs::exists(parent.path() / "somebody-elses"));
  EXPECT_EQ(reap_temporary_directories(parent.path()), 0);
}

}  // namespace
}  // namespace sys
