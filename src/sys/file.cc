#include "sys/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "sys/directory.h"
#include "sys/failure.h"
#include "sys/output.h"
#include "sys/signals.h"

namespace sys {
namespace {

constexpr int lock_retry_ms = 50;

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw storage_error("read", path, errno);
  return read_all(fd.get(), path.string(), limit);
}

std::string read_all(int fd, std::string_view what, std::uint64_t limit) {
  std::string text;
  struct stat status{};
  // The size is only a hint: pipes and /proc have none, and files grow.
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    text.reserve(std::min(static_cast<std::uint64_t>(status.st_size), limit));
  }
  std::array<char, std::size_t{64} << 10> buffer;
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw storage_error("read", what, errno);
    if (static_cast<std::uint64_t>(got) > limit - text.size()) {
      throw base::Error(base::Code::input, fmt::format("{} is larger than {} bytes", what, limit));
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void write_all(int fd, std::string_view bytes, std::string_view what) {
  if (const int error = write_fully(fd, bytes)) throw storage_error("write to", what, error);
}

AtomicFile::AtomicFile(fs::path path, mode_t mode) : path_(std::move(path)) {
  std::string pattern = (parent_directory(path_) / ".pgrehearse-XXXXXX").string();
  fd_ = Fd(::mkostemp(pattern.data(), O_CLOEXEC));
  if (!fd_) throw storage_error("create", path_, errno);
  temporary_ = pattern;
  if (::fchmod(fd_.get(), mode) == 0) return;
  const int error = errno;
  ::unlink(temporary_.c_str());
  throw storage_error("set the mode of", path_, error);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  write_all(fd_.get(), bytes, path_.native());
}

void AtomicFile::commit() {
  if (::fsync(fd_.get()) != 0 || ::close(fd_.release()) != 0) throw storage_error("write to", path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw storage_error("write to", path_, errno);
  temporary_.clear();
  const Fd directory(::open(parent_directory(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) throw storage_error("write to the directory of", path_, errno);
}

void write_file(const fs::path& path, std::string_view bytes, mode_t mode) {
  AtomicFile file(path, mode);
  file.write(bytes);
  file.commit();
}

bool write_new_file(const fs::path& path, std::string_view bytes, mode_t mode) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd && errno == EEXIST) return false;
  if (!fd) throw storage_error("create", path, errno);
  try {
    write_all(fd.get(), bytes, path.native());
    if (::fsync(fd.get()) != 0) throw storage_error("write to", path, errno);
  } catch (const base::Error&) {
    ::unlink(path.c_str());
    throw;
  }
  return true;
}

bool try_lock(int fd, const fs::path& what) {
  // Unlike flock(2) this works on NFS as well, and <sys/file.h> is a name that this directory has taken.
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw storage_error("lock", what, errno);
}

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw storage_error("open", path, errno);
  if (!try_lock(fd.get(), path)) return std::nullopt;
  return FileLock(std::move(fd));
}

FileLock FileLock::acquire(const fs::path& path) {
  while (true) {
    if (auto lock = try_acquire(path)) return std::move(*lock);
    wait_ready(-1, 0, lock_retry_ms);
  }
}

}  // namespace sys
