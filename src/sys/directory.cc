#include "sys/directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "sys/failure.h"
#include "sys/file.h"

namespace sys {
namespace {

// Creates what is missing of `path`; true where that includes `path` itself.
bool create_missing(const fs::path& path, const std::optional<Account>& owner, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (owner && ::lchown(path.c_str(), owner->uid, owner->gid) != 0) throw storage_error("give away", path, errno);
    if (::chmod(path.c_str(), mode) != 0) throw storage_error("set the mode of", path, errno);
    return true;
  }
  if (errno == EEXIST) return false;
  if (errno != ENOENT || path == path.root_path()) throw storage_error("create directory", path, errno);
  create_missing(parent_directory(path), owner, mode);
  return create_missing(path, owner, mode);
}

}  // namespace

fs::path parent_directory(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::optional<Account> new_owner(const std::optional<Account>& owner) {
  return ::geteuid() == 0 && owner && owner->uid != 0 ? owner : std::nullopt;
}

void make_private_directory(const fs::path& path, const std::optional<Account>& owner, bool searchable) {
  const mode_t mode = searchable ? 0711 : 0700;
  const auto recipient = new_owner(owner);
  const fs::path clean = path.has_filename() ? path : path.parent_path();
  if (create_missing(clean, recipient, mode)) return;

  const Fd fd(::open(clean.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0) throw storage_error("use directory", clean, errno);
  const bool ours = status.st_uid == ::geteuid() || (recipient && status.st_uid == recipient->uid);
  if (!ours) {
    throw base::Error(base::Code::storage, fmt::format("directory {} belongs to another account", clean.string()),
                      "remove it, or use another directory");
  }
  if (recipient && ::fchown(fd.get(), recipient->uid, recipient->gid) != 0) {
    throw storage_error("give away", clean, errno);
  }
  if ((status.st_mode & 07777) != mode && ::fchmod(fd.get(), mode) != 0) {
    throw storage_error("set the mode of", clean, errno);
  }
}

std::uint64_t free_bytes(const fs::path& path) {
  struct statvfs status{};
  if (::statvfs(path.c_str(), &status) != 0) throw storage_error("measure the free space of", path, errno);
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

std::uint64_t tree_bytes(const fs::path& path) {
  std::uint64_t bytes = 0;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      std::error_code gone;  // a file that vanishes meanwhile weighs nothing
      if (!entry.is_symlink(gone) && entry.is_regular_file(gone)) {
        const auto size = entry.file_size(gone);
        if (!gone) bytes += size;
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw storage_error("measure", error.path1().empty() ? path : error.path1(), error.code().value());
  }
  return bytes;
}

}  // namespace sys
