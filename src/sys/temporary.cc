#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/file.h"

extern "C" int flock(int fd, int operation) noexcept;  // of <sys/file.h>, a name that this directory has taken

namespace sys {
namespace {

constexpr std::string_view name_begins = "pgrehearse-tmp-";

Fd open_directory(const fs::path& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// flock(2): the locks of fcntl(2) want a descriptor that may write, and nobody has one of a directory.
bool lock(const Fd& directory) {
  return ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0;
}

bool is_at(const Fd& directory, const fs::path& path) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(directory.get(), &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

bool is_ours(const Fd& directory) {
  struct stat status{};
  return ::fstat(directory.get(), &status) == 0 && (::geteuid() == 0 || status.st_uid == ::geteuid());
}

// A new one and its lock: held, or, on a file system without locks, unset.
std::pair<fs::path, Fd> make_in(const fs::path& parent) {
  while (true) {
    std::string pattern = (parent / (std::string(name_begins) + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw storage_error("create a directory in", parent, errno);
    Fd directory = open_directory(pattern);
    if (directory && lock(directory)) {
      if (is_at(directory, pattern)) return {std::move(pattern), std::move(directory)};
    } else if (errno != EWOULDBLOCK && errno != ENOENT) {
      return {std::move(pattern), Fd()};
    }
    // Somebody who reaps came between its making and its lock.
  }
}

}  // namespace

int reap_temporary_directories(const fs::path& parent) {
  int reaped = 0;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().native().starts_with(name_begins)) continue;
    const Fd directory = open_directory(entry->path());
    if (!directory || !is_ours(directory) || !lock(directory) || !is_at(directory, entry->path())) continue;
    discard_tree(entry->path());
    ++reaped;
  }
  return reaped;
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent, const std::optional<Account>& owner) {
  std::error_code error;
  const fs::path base = parent.empty() ? fs::temp_directory_path(error) : parent;
  if (error) throw storage_error("use the temporary directory of", "TMPDIR", error.value());
  static std::once_flag reaped;
  if (parent.empty()) std::call_once(reaped, [&] { reap_temporary_directories(base); });
  std::tie(path_, lock_) = make_in(base);
  const auto recipient = new_owner(owner);
  if (recipient && ::lchown(path_.c_str(), recipient->uid, recipient->gid) != 0) {
    const int number = errno;
    ::rmdir(path_.c_str());
    throw storage_error("give away", path_, number);
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) discard_tree(path_);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())), lock_(std::move(other.lock_)) {}

}  // namespace sys
