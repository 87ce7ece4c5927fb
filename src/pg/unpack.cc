#include "pg/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace pg {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

base::Error refused_entry(std::string_view path, std::string_view why) {
  return base::Error(base::Code::server,
                     fmt::format("the archive has an entry {}, which {}", base::one_line(path, 200), why));
}

// The entry's path without a leading "./"; empty for the archive's own root.
fs::path inner_path(std::string_view name) {
  if (name.empty() || name.front() == '/') throw refused_entry(name, "is not a relative path");
  fs::path inner;
  for (const fs::path& part : fs::path(name)) {
    if (part == "..") throw refused_entry(name, "points out of its directory");
    if (part != "." && !part.empty()) inner /= part;
  }
  return inner;
}

class Unpacker {
 public:
  Unpacker(const PullBytes& pull, const fs::path& to, const UnpackOptions& options)
      : pull_(pull), to_(to), options_(options), handle_(archive_read_new()) {
    if (!handle_) throw base::Error(base::Code::internal, "out of memory");
    archive_read_support_format_tar(handle_.get());
    check(archive_read_open(handle_.get(), this, nullptr, &Unpacker::read_more, nullptr));
  }

  std::uint64_t run() {
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = archive_read_next_header(handle_.get(), &entry);
      if (status == ARCHIVE_EOF) return bytes_;
      check(status);
      write_entry(entry);
    }
  }

 private:
  // libarchive is C: what the source throws waits in failure_ until we are out of it.
  static la_ssize_t read_more(archive* handle, void* self_pointer, const void** bytes) {
    auto& self = *static_cast<Unpacker*>(self_pointer);
    try {
      const std::string_view piece = self.pull_();
      *bytes = piece.data();
      return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
      self.failure_ = std::current_exception();
      archive_set_error(handle, EIO, "the source failed");
      return ARCHIVE_FATAL;
    }
  }

  void check(int status) {
    if (failure_) std::rethrow_exception(failure_);
    if (status >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(handle_.get());
    throw base::Error(base::Code::server,
                      fmt::format("the archive cannot be read: {}", reason == nullptr ? "no reason given" : reason));
  }

  void write_entry(archive_entry* entry) {
    const char* raw_name = archive_entry_pathname(entry);
    const std::string name = raw_name == nullptr ? "" : raw_name;
    const fs::path inner = inner_path(name);
    if (options_.leave_out.contains(inner.string())) return;
    if (archive_entry_hardlink(entry) != nullptr) throw refused_entry(name, "is a link");
    if (archive_entry_filetype(entry) == AE_IFDIR) {
      make_directory(to_ / inner);
    } else if (archive_entry_filetype(entry) == AE_IFREG && !inner.empty()) {
      write_file(to_ / inner);
    } else {
      throw refused_entry(name, "is neither a file nor a directory");
    }
  }

  void make_directory(const fs::path& path) {
    if (path == to_ || path == to_ / "") return;
    if (mkdir(path.c_str(), kDirectoryMode) != 0) {
      if (errno == EEXIST && fs::is_directory(fs::symlink_status(path))) return;
      throw sys::storage_error("make the directory", path, errno);
    }
    if (options_.owner && chown(path.c_str(), options_.owner->uid, options_.owner->gid) != 0) {
      throw sys::storage_error("change the owner of", path, errno);
    }
  }

  void write_file(const fs::path& path) {
    const sys::Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!fd) throw sys::storage_error("create", path, errno);
    if (options_.owner && fchown(fd.get(), options_.owner->uid, options_.owner->gid) != 0) {
      throw sys::storage_error("change the owner of", path, errno);
    }
    la_int64_t written = 0;
    for (;;) {
      const void* data = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(handle_.get(), &data, &size, &offset);
      if (status == ARCHIVE_EOF) break;
      check(status);
      if (offset != written) throw refused_entry(path.string(), "has holes");
      sys::write_all(fd.get(), {static_cast<const char*>(data), size}, path.string());
      written += static_cast<la_int64_t>(size);
    }
    bytes_ += static_cast<std::uint64_t>(written);
  }

  const PullBytes& pull_;
  const fs::path& to_;
  const UnpackOptions& options_;
  std::unique_ptr<archive, FreeArchive> handle_;
  std::exception_ptr failure_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::uint64_t unpack_tar(const PullBytes& pull, const fs::path& to, const UnpackOptions& options) {
  return Unpacker(pull, to, options).run();
}

}  // namespace pg
