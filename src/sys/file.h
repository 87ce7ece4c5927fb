// Files and directory trees.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sys/account.h"
#include "sys/fd.h"

namespace sys {

namespace fs = std::filesystem;

// Whole contents. Throws Error(storage) with the reason; `limit` bounds what is read (Error(input) beyond it).
std::string read_file(const fs::path& path, std::uint64_t limit = UINT64_MAX);
// The same from an open descriptor to its end; `what` names it in the error.
std::string read_all(int fd, std::string_view what, std::uint64_t limit = UINT64_MAX);

// A file that appears whole or not at all: written under a temporary name beside `path`, and renamed by commit() after
// fsync of file and directory. Destroyed without commit(): the temporary is removed. Errors: storage, disk full named.
class AtomicFile {
 public:
  AtomicFile(fs::path path, mode_t mode);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view bytes);
  void commit();
  int fd() const { return fd_.get(); }

 private:
  fs::path path_;
  fs::path temporary_;
  Fd fd_;
};

// write + commit in one call.
void write_file(const fs::path& path, std::string_view bytes, mode_t mode);

// Writes a file that is not there yet, whole or not at all; false: something bears the name, and is left as it is.
bool write_new_file(const fs::path& path, std::string_view bytes, mode_t mode);

// All of `bytes` to `fd`, over short writes and EINTR. `what` names the target in the error.
void write_all(int fd, std::string_view bytes, std::string_view what);

// Creates `path` (and its parents) with mode 0700, or 0711 for `searchable`; owned by `owner` where we are root. What
// exists of the parents stays as it is; a `path` that exists is given mode and owner, or refused (Error(storage)) where
// it belongs to somebody else, who could read or swap what we put there.
void make_private_directory(const fs::path& path, const std::optional<Account>& owner = {}, bool searchable = false);

// Removes `path` and everything under it, whoever owns it and whatever its modes; never follows a link. No error where
// it is gone already; Error(storage) where something stays.
void remove_tree(const fs::path& path);

// Bytes free for an unprivileged user on the filesystem of `path`.
std::uint64_t free_bytes(const fs::path& path);
// Bytes of all regular files under `path`; links are not followed.
std::uint64_t tree_bytes(const fs::path& path);

struct CloneResult {
  bool reflinked = false;  // every file shares its blocks with the source (FICLONE)
  std::uint64_t bytes = 0;
};
// Copies a directory tree: by reflink where the filesystem can, else by copying. Modes are kept, owners become `owner`
// where we are root. Symbolic links are copied as links; sockets, pipes and devices are left out. `to` must not exist,
// and does not exist after an error. Checks for interruption and free space.
CloneResult clone_tree(const fs::path& from, const fs::path& to, const std::optional<Account>& owner = {});

// An exclusive lock on an open file (fcntl(2), "open file description locks"): held until it is closed or its process
// dies. False where somebody else holds it; `what` names the file in the error.
bool try_lock(int fd, const fs::path& what);

// Such a lock on a file that is created where it is missing, and stays. Held until destruction.
class FileLock {
 public:
  // nullopt where somebody else holds it.
  static std::optional<FileLock> try_acquire(const fs::path& path);
  // Waits for it (interruptible).
  static FileLock acquire(const fs::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// A private (0700) directory that is removed with the object, or, where its process was killed, by the next one that
// makes such a directory: nobody holds its lock any more.
class TemporaryDirectory {
 public:
  // Under `parent`, or the system's temporary directory.
  explicit TemporaryDirectory(const fs::path& parent = {}, const std::optional<Account>& owner = {});
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  Fd lock_;
};

// Removes what killed processes left in `parent`; returns how many directories. What it may not remove stays.
int reap_temporary_directories(const fs::path& parent);

}  // namespace sys
