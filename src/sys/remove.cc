// Removing a tree by descriptors relative to its parents: whatever somebody swaps in meanwhile, no link is followed.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/file.h"

namespace sys {
namespace {

// How often a directory that fills again (a server that is just ending still writes) is emptied again.
constexpr int attempts = 5;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// Gives us back every right to a directory; only its owner and root can, and others fail later, with a reason.
void unlock_directory(int parent, const char* name) {
  const Fd handle(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!handle || ::fstat(handle.get(), &status) != 0 || (status.st_mode & 0700) == 0700) return;
  const std::string link = fmt::format("/proc/self/fd/{}", handle.get());
  [[maybe_unused]] const int result = ::chmod(link.c_str(), (status.st_mode & 07777) | 0700);
}

// Removes `name` and what is in it; on failure remembers the first reason and goes on.
class Remover {
 public:
  void remove(int parent, const char* name, const fs::path& shown) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
      // EPERM and EISDIR say "a directory"; anything else, or a directory that is none, is the reason itself.
      const int unlink_error = errno;
      if (!empty(parent, name, shown)) return failed(shown, unlink_error);
      if (error_ != 0) return;  // something below stays, and so does this
      if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return;
      if (errno != ENOTEMPTY && errno != EEXIST) return failed(shown, errno);
    }
    failed(shown, ENOTEMPTY);
  }

  void throw_failure() const {
    if (error_ != 0) throw storage_error("remove", failed_, error_);
  }

 private:
  // Removes what a directory holds; false where `name` is not a directory that we can open.
  bool empty(int parent, const char* name, const fs::path& shown) {
    unlock_directory(parent, name);
    Fd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
      if (errno == ENOENT) return true;
      if (errno != ENOTDIR && errno != ELOOP) failed(shown, errno);
      return false;
    }
    const Directory directory(::fdopendir(fd.get()));
    if (!directory) return false;
    fd.release();
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view child = entry->d_name;
      if (child != "." && child != "..") remove(::dirfd(directory.get()), entry->d_name, shown / child);
    }
    return true;
  }

  void failed(const fs::path& path, int error) {
    if (error_ != 0) return;
    error_ = error;
    failed_ = path;
  }

  fs::path failed_;
  int error_ = 0;
};

}  // namespace

void remove_tree(const fs::path& path) {
  const fs::path clean = path.has_filename() ? path : path.parent_path();
  Remover remover;
  remover.remove(AT_FDCWD, clean.c_str(), clean);
  remover.throw_failure();
}

void discard_tree(const fs::path& path) noexcept {
  try {
    remove_tree(path);
  } catch (...) {
    return;
  }
}

}  // namespace sys
