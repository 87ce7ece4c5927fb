#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "store/test_place.h"
#include "sys/pipe.h"

namespace store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class DirectoryStoreTest : public testing::Test {
 protected:
  DirectoryPlace place_;
  fs::path root_ = place_.path();
  DirectoryStore store_{root_};

  std::vector<std::string> keys() {
    std::vector<std::string> found;
    store_.list("", [&](const ObjectInfo& info) { found.push_back(info.key); });
    return found;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    if (!fs::exists(root_)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      found.push_back(fs::relative(entry.path(), root_).string());
    }
    return found;
  }
};

// A process that writes `key` and ends, or waits for the end of its owner's object, without a commit.
class DyingWriter {
 public:
  DyingWriter(DirectoryStore& store, const std::string& key) {
    sys::Pipe ready = sys::make_pipe();
    sys::Pipe end = sys::make_pipe();
    child_ = ::fork();
    if (child_ == 0) {
      const auto writer = store.create(key);
      writer->write(std::string(1 << 20, 'x'));
      char byte = 'r';
      if (::write(ready.write_end.get(), &byte, 1) != 1) ::_exit(1);
      end.write_end.reset();
      ::_exit(::read(end.read_end.get(), &byte, 1) == 0 ? 0 : 1);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready.read_end.get(), &byte, 1), 1);
    alive_ = std::move(end.write_end);
  }
  void die() {
    alive_.reset();
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  ~DyingWriter() {
    if (child_ > 0) die();
  }
  DyingWriter(const DyingWriter&) = delete;
  DyingWriter& operator=(const DyingWriter&) = delete;

 private:
  pid_t child_ = 0;
  sys::Fd alive_;
};

TEST_F(DirectoryStoreTest, makes_directories_and_files_that_nobody_else_may_read) {
  ::umask(0);
  write_object(store_, "a/b/c", "x");
  ::umask(022);
  for (const fs::path& path : {root_.parent_path(), root_, root_ / "a", root_ / "a/b"}) {
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all) << path;
  }
  EXPECT_EQ(fs::status(root_ / "a/b/c").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(DirectoryStoreTest, leaves_the_mode_of_a_directory_that_exists_as_it_is) {
  fs::create_directories(root_);
  fs::permissions(root_, fs::perms::owner_all | fs::perms::group_read);
  write_object(store_, "a", "x");
  EXPECT_EQ(fs::status(root_).permissions(), fs::perms::owner_all | fs::perms::group_read);
}

TEST_F(DirectoryStoreTest, leaves_no_directory_without_an_object) {
  write_object(store_, "a/b/c", "x");
  write_object(store_, "a/d", "x");
  store_.create("e/f/g")->write("never committed");
  EXPECT_THAT(files(), UnorderedElementsAre("a", "a/b", "a/b/c", "a/d"));
  store_.remove("a/b/c");
  EXPECT_THAT(files(), UnorderedElementsAre("a", "a/d"));
  store_.remove("a/d");
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_TRUE(fs::exists(root_));
}

TEST_F(DirectoryStoreTest, tells_what_a_dead_process_left_and_nothing_of_a_living_one) {
  write_object(store_, "points/1/dump", "kept");
  DyingWriter writer(store_, "points/2/dump");
  EXPECT_THAT(store_.unfinished(""), IsEmpty());
  writer.die();
  EXPECT_THAT(keys(), ElementsAre("points/1/dump"));
  const auto left = store_.unfinished("points/");
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left.front().key, "points/2/dump");
  EXPECT_THAT(store_.unfinished("other/"), IsEmpty());
  EXPECT_THAT(store_.unfinished("points/2/d"), SizeIs(1));
  store_.discard(left.front());
  store_.discard(left.front());
  EXPECT_THAT(store_.unfinished(""), IsEmpty());
  EXPECT_THAT(files(), UnorderedElementsAre("points", "points/1", "points/1/dump"));
}

TEST_F(DirectoryStoreTest, never_discards_what_a_living_process_writes) {
  const auto writer = store_.create("a/b");
  writer->write("whole");
  std::string name;
  for (const auto& entry : fs::directory_iterator(root_ / "a")) name = entry.path().filename();
  const std::string id = name.substr(temporary_mark.size(), 16);
  store_.discard({"a/b", id, {}});
  writer->commit();
  EXPECT_EQ(read_object(store_, "a/b"), "whole");
}

TEST_F(DirectoryStoreTest, never_leaves_its_directory_by_a_symbolic_link) {
  const fs::path outside = root_.parent_path().parent_path() / "outside";
  fs::create_directories(outside);
  std::ofstream(outside / "file") << "secret";
  fs::create_directories(root_ / "a");
  fs::create_directory_symlink(outside, root_ / "link");
  fs::create_symlink(outside / "file", root_ / "a" / "file");
  EXPECT_THAT(keys(), IsEmpty());
  EXPECT_THROW(store_.create("link/new"), base::Error);
  EXPECT_THROW(store_.open("link/file", 0), base::Error);
  EXPECT_THROW(store_.open("a/file", 0), base::Error);
  EXPECT_FALSE(store_.stat("a/file"));
  EXPECT_THROW(write_object(store_, "a/file", "x"), base::Error);
  EXPECT_THROW(store_.remove("link/file"), base::Error);
  EXPECT_THAT(std::vector<fs::path>(fs::directory_iterator(outside), {}), ElementsAre(outside / "file"));
}

TEST_F(DirectoryStoreTest, passes_over_what_is_no_object) {
  write_object(store_, "a", "x");
  ::mkfifo((root_ / "pipe").c_str(), 0600);
  fs::create_directories(root_ / "lost+found");
  fs::create_directories(root_ / "empty");
  std::ofstream(root_ / ".pgrehearse-0123456789abcdeX-b") << "x";
  std::ofstream(root_ / ".pgrehearse-abcdef") << "x";
  std::ofstream(root_ / "caf\xe9") << "x";
  EXPECT_THAT(keys(), ElementsAre("a"));
  EXPECT_THAT(store_.unfinished(""), IsEmpty());
  EXPECT_THROW(store_.open("pipe", 0), base::Error);
  EXPECT_THROW(store_.open("empty", 0), base::Error);
}

TEST_F(DirectoryStoreTest, says_when_its_directory_is_none) {
  fs::create_directories(root_.parent_path());
  std::ofstream(root_) << "a file";
  EXPECT_THROW(keys(), base::Error);
  EXPECT_THROW(store_.create("a"), base::Error);
  EXPECT_THROW(store_.stat("a"), base::Error);
}

TEST_F(DirectoryStoreTest, is_found_whatever_way_its_path_is_written) {
  write_object(store_, "a", "x");
  EXPECT_EQ(DirectoryStore(root_ / "").description(), root_.string());
  EXPECT_EQ(DirectoryStore(root_ / "." / ".." / root_.filename()).description(), root_.string());
  EXPECT_EQ(read_object(*std::make_unique<DirectoryStore>(root_ / ""), "a"), "x");
}

// In a mount namespace of its own: fills a file system of one megabyte and says what came of it on standard error.
[[noreturn]] void fill_a_small_disk(const fs::path& directory) {
  const bool root = ::geteuid() == 0;
  if (::unshare(root ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) std::_Exit(2);
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) std::_Exit(3);
  if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1m") != 0) std::_Exit(4);
  DirectoryStore store(directory);
  write_object(store, "small", "kept");
  try {
    write_object(store, "points/1/dump", std::string(std::size_t{3} << 20, 'x'));
  } catch (const base::Error& error) {
    std::fprintf(stderr, "%s; %s", error.message().c_str(), error.hint().c_str());
    const auto left = std::distance(fs::recursive_directory_iterator(directory), fs::recursive_directory_iterator());
    const bool whole = left == 1 && read_object(store, "small") == "kept";
    std::_Exit(whole && error.code() == base::Code::storage ? 0 : 5);
  }
  std::_Exit(6);
}

TEST_F(DirectoryStoreTest, names_a_full_disk_and_leaves_nothing_there) {
  fs::create_directories(root_);
  EXPECT_EXIT(fill_a_small_disk(root_), testing::ExitedWithCode(0),
              "no space left on the filesystem of .*: [0-9.]+ .*B are free, and points/1/dump was not finished after "
              ".*; free some space");
}

}  // namespace
}  // namespace store
