#include "changeset/disk_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace changeset {

namespace {

base::Error failure(const char* action, const std::filesystem::path& path, int error_number) {
  return base::Error(base::Code::storage, std::string("cannot ") + action + " " + path.string() + ": " +
                                              std::generic_category().message(error_number));
}

}  // namespace

DiskFile DiskFile::create(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) throw failure("create", path, errno);
  return DiskFile(fd, path, 0);
}

DiskFile DiskFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw failure("open", path, errno);
  DiskFile file(fd, path, 0);
  struct stat status{};
  if (::fstat(fd, &status) != 0) throw failure("examine", path, errno);
  if (!S_ISREG(status.st_mode)) throw base::Error(base::Code::storage, path.string() + " is not a regular file");
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

DiskFile DiskFile::temporary(const std::filesystem::path& directory) {
  std::string name = (directory / "spill-XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw failure("create a temporary file in", directory, errno);
  DiskFile file(fd, name, 0);
  if (::unlink(name.c_str()) != 0) throw failure("remove", name, errno);
  return file;
}

DiskFile::DiskFile(DiskFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), size_(other.size_) {}

DiskFile& DiskFile::operator=(DiskFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  return *this;
}

DiskFile::~DiskFile() {
  if (fd_ >= 0) ::close(fd_);
}

void DiskFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure("write", path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void DiskFile::read(std::uint64_t offset, char* into, std::size_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = ::pread(fd_, into, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failure("read", path_, errno);
    if (got == 0) throw base::Error(base::Code::storage, path_.string() + " became shorter while it was read");
    into += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

void DiskFile::close() {
  if (::close(std::exchange(fd_, -1)) != 0) throw failure("close", path_, errno);
}

}  // namespace changeset
