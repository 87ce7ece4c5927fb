#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace sys {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t slice = std::size_t{8} << 20;  // between two looks for an interruption

// What a file system says that cannot do this kind of copy at all.
bool unsupported(int error) {
  return error == EOPNOTSUPP || error == EXDEV || error == EINVAL || error == ENOSYS || error == ENOTTY ||
         error == EPERM;
}

class Cloner {
 public:
  Cloner(const fs::path& from, const fs::path& to, const std::optional<Account>& owner)
      : from_(from), to_(to), owner_(new_owner(owner)) {}

  CloneResult clone() {
    copy_directory(from_, to_);
    result_.reflinked = reflink_ && files_ > 0;
    return result_;
  }

 private:
  void copy_directory(const fs::path& from, const fs::path& to) {
    const auto names = list(from);
    struct stat status{};
    if (::stat(from.c_str(), &status) != 0) throw storage_error("read", from, errno);
    if (::mkdir(to.c_str(), 0700) != 0) throw storage_error("create directory", to, errno);
    for (const auto& name : names) copy_entry(from / name, to / name);
    const Fd fd(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw storage_error("open", to, errno);
    give_away(fd.get(), status.st_mode, to);
  }

  static std::vector<std::string> list(const fs::path& directory) {
    try {
      std::vector<std::string> names;
      for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
      return names;
    } catch (const fs::filesystem_error& error) {
      throw storage_error("read", directory, error.code().value());
    }
  }

  void copy_entry(const fs::path& from, const fs::path& to) {
    check_interrupted();
    struct stat status{};
    if (::lstat(from.c_str(), &status) != 0) throw storage_error("read", from, errno);
    if (S_ISDIR(status.st_mode)) copy_directory(from, to);
    if (S_ISLNK(status.st_mode)) copy_link(from, to);
    if (S_ISREG(status.st_mode)) copy_file(from, to);
  }

  void copy_link(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const fs::path target = fs::read_symlink(from, error);
    if (error) throw storage_error("read", from, error.value());
    if (::symlink(target.c_str(), to.c_str()) != 0) throw storage_error("create", to, errno);
    if (owner_ && ::lchown(to.c_str(), owner_->uid, owner_->gid) != 0) throw storage_error("give away", to, errno);
  }

  void copy_file(const fs::path& from, const fs::path& to) {
    const Fd source(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!source || ::fstat(source.get(), &status) != 0) throw storage_error("read", from, errno);
    const Fd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target) throw storage_error("create", to, errno);
    if (!share_blocks(source.get(), target.get(), to)) copy_bytes(source.get(), target.get(), from, to);
    give_away(target.get(), status.st_mode, to);
    ++files_;
    result_.bytes += static_cast<std::uint64_t>(status.st_size);
  }

  // Ownership before mode: chown(2) takes set-id bits away.
  void give_away(int fd, mode_t mode, const fs::path& path) const {
    if (owner_ && ::fchown(fd, owner_->uid, owner_->gid) != 0) throw storage_error("give away", path, errno);
    if (::fchmod(fd, mode & 07777) != 0) throw storage_error("set the mode of", path, errno);
  }

  bool share_blocks(int source, int target, const fs::path& to) {
    if (!reflink_) return false;
    if (::ioctl(target, FICLONE, source) == 0) return true;
    if (!unsupported(errno)) throw storage_error("clone to", to, errno);
    reflink_ = false;
    require_space();
    return false;
  }

  // Once it is known that bytes have to be copied: better to say so now than when the disk is full.
  void require_space() const {
    const std::uint64_t needed = tree_bytes(from_) - result_.bytes;
    const std::uint64_t available = free_bytes(to_);
    if (needed <= available) return;
    throw Error(Code::storage,
                fmt::format("no space left on the filesystem of {}: a copy of {} needs {}, {} are free", to_.string(),
                            from_.string(), base::human_bytes(needed), base::human_bytes(available)),
                "free some space there, or use a directory on another filesystem; on one that can share blocks (XFS, "
                "Btrfs) a copy takes none");
  }

  void copy_bytes(int source, int target, const fs::path& from, const fs::path& to) {
    while (in_kernel_) {
      check_interrupted();
      const ssize_t copied = ::copy_file_range(source, nullptr, target, nullptr, slice, 0);
      if (copied == 0) break;
      if (copied < 0 && unsupported(errno)) in_kernel_ = false;
      if (copied < 0 && in_kernel_ && errno != EINTR) throw storage_error("write to", to, errno);
    }
    // Also after the kernel's copy: some file systems end it early, and at the end of the file this is one empty read.
    copy_through_memory(source, target, from, to);
  }

  void copy_through_memory(int source, int target, const fs::path& from, const fs::path& to) {
    if (buffer_.empty()) buffer_.resize(std::size_t{1} << 20);
    while (true) {
      check_interrupted();
      const ssize_t got = ::read(source, buffer_.data(), buffer_.size());
      if (got == 0) return;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw storage_error("read", from, errno);
      write_all(target, {buffer_.data(), static_cast<std::size_t>(got)}, to.string());
    }
  }

  fs::path from_;
  fs::path to_;
  std::optional<Account> owner_;
  bool reflink_ = true;    // until the file system says no
  bool in_kernel_ = true;  // copy_file_range(2), until it says no
  std::size_t files_ = 0;
  std::vector<char> buffer_;
  CloneResult result_;
};

}  // namespace

CloneResult clone_tree(const fs::path& from, const fs::path& to, const std::optional<Account>& owner) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(to, error))) throw storage_error("create directory", to, EEXIST);
  try {
    return Cloner(from, to, owner).clone();
  } catch (...) {
    discard_tree(to);
    throw;
  }
}

}  // namespace sys
