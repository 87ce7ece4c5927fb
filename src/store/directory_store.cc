#include "store/directory_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/directory_path.h"
#include "sys/failure.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t buffer_size = std::size_t{256} << 10;
constexpr std::uint64_t flush_distance = std::uint64_t{16} << 20;  // how far the disk may lag behind
constexpr std::size_t id_digits = 16;
constexpr int lock_retry_ms = 5;

base::Instant modified(const struct stat& status) {
  using namespace std::chrono;
  return base::Instant(seconds(status.st_mtim.tv_sec) +
                       duration_cast<milliseconds>(nanoseconds(status.st_mtim.tv_nsec)));
}

std::string temporary_name(const std::string& id, const std::string& name) {
  return fmt::format("{}{}-{}", temporary_mark, id, name);
}

// The parts of such a name, or nullopt.
std::optional<std::pair<std::string, std::string>> read_temporary(std::string_view file) {
  if (!file.starts_with(temporary_mark)) return std::nullopt;
  file.remove_prefix(temporary_mark.size());
  if (file.size() < id_digits + 2 || file[id_digits] != '-') return std::nullopt;
  const std::string_view id = file.substr(0, id_digits);
  if (id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return std::pair{std::string(id), std::string(file.substr(id_digits + 1))};
}

class DirectoryWriter : public Writer {
 public:
  DirectoryWriter(const DirectoryStore& store, const fs::path& root, std::string key)
      : store_(store), root_(root), key_(std::move(key)), path_(DirectoryPath::make(root, key_)) {
    const std::string id = base::random_hex(id_digits / 2);
    temporary_ = temporary_name(id, path_.name());
    do {
      while (!create() && errno == ENOENT) path_ = DirectoryPath::make(root, key_);  // removed as it was empty
      if (!file_) throw failure("create", errno);
      lock();
    } while (is_discarded());
  }
  ~DirectoryWriter() override { discard(); }

  void write(std::string_view bytes) override {
    sys::check_interrupted();
    if (bytes.size() >= buffer_size) {
      flush();
      put(bytes);
      return;
    }
    buffer_ += bytes;
    if (buffer_.size() >= buffer_size) flush();
  }

  void commit() override {
    flush();
    if (::fsync(file_.get()) != 0) throw failure("write to", errno);
    if (!move()) {
      if (errno == EEXIST) throw object_exists(key_, store_);
      throw failure("write to", errno);
    }
    temporary_ = path_.name();  // until it is durable, an error takes it away again
    path_.sync();
    temporary_.clear();
    file_.reset();
  }

 private:
  bool create() {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_ = sys::Fd(::openat(path_.directory(), temporary_.c_str(), flags, 0600));
    return bool(file_);
  }

  // Whoever asks for unfinished() holds the lock for a moment.
  void lock() {
    try {
      while (!sys::try_lock(file_.get(), path_.file())) sys::wait_ready(-1, 0, lock_retry_ms);
    } catch (...) {
      discard();
      throw;
    }
  }

  // Before it was locked it looked like what an ended process left.
  bool is_discarded() const {
    struct stat status{};
    return ::fstat(file_.get(), &status) == 0 && status.st_nlink == 0;
  }

  void discard() noexcept {
    if (temporary_.empty()) return;
    ::unlinkat(path_.directory(), temporary_.c_str(), 0);
    path_.remove_empty();
  }

  void flush() {
    put(buffer_);
    buffer_.clear();
  }

  void put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw failure("write to", errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
      written_ += static_cast<std::uint64_t>(put);
    }
    if (written_ - flushed_ < flush_distance) return;
    // The disk works while more is made, and commit() does not wait for everything. Only a help: errors come by fsync.
    ::sync_file_range(file_.get(), static_cast<off64_t>(flushed_), static_cast<off64_t>(written_ - flushed_),
                      SYNC_FILE_RANGE_WRITE);
    flushed_ = written_;
  }

  // Gives the file its name, and replaces nothing; false with errno.
  bool move() {
    const int directory = path_.directory();
    if (::renameat2(directory, temporary_.c_str(), directory, path_.name().c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    // NFS and others know no such rename, but hard links. Asked twice over a network, link(2) may find its own work.
    if (::linkat(directory, temporary_.c_str(), directory, path_.name().c_str(), 0) != 0) {
      struct stat status{};
      const int error = errno;
      const bool ours = error == EEXIST && ::fstat(file_.get(), &status) == 0 && status.st_nlink == 2;
      errno = error;
      if (!ours) return false;
    }
    ::unlinkat(directory, temporary_.c_str(), 0);
    return true;
  }

  base::Error failure(std::string_view action, int error) const {
    if (error != ENOSPC && error != EDQUOT) return sys::storage_error(action, path_.file(), error);
    return {base::Code::storage,
            fmt::format("no space left on the filesystem of {}: {} are free, and {} was not finished after {}",
                        root_.string(), base::human_bytes(sys::free_bytes(root_)), key_, base::human_bytes(written_)),
            error == EDQUOT ? "the quota of this account is used up: free some space, or have it raised"
                            : "free some space there, or use a directory on another filesystem"};
  }

  const DirectoryStore& store_;
  const fs::path& root_;
  std::string key_;
  DirectoryPath path_;
  std::string temporary_;  // what goes away with us, or empty
  sys::Fd file_;
  std::string buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t flushed_ = 0;
};

class DirectoryReader : public Reader {
 public:
  DirectoryReader(sys::Fd file, fs::path path, std::uint64_t offset)
      : file_(std::move(file)), path_(std::move(path)), at_(offset) {
    ::posix_fadvise(file_.get(), static_cast<off_t>(at_), 0, POSIX_FADV_SEQUENTIAL);
  }

  std::size_t read(char* buffer, std::size_t size) override {
    sys::check_interrupted();
    std::size_t filled = 0;
    while (filled < size) {
      const ssize_t got = ::pread(file_.get(), buffer + filled, size - filled, static_cast<off_t>(at_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw sys::storage_error("read", path_, errno);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
      at_ += static_cast<std::uint64_t>(got);
    }
    return filled;
  }

 private:
  sys::Fd file_;
  fs::path path_;
  std::uint64_t at_;
};

}  // namespace

DirectoryStore::DirectoryStore(const fs::path& root) : root_(fs::absolute(root).lexically_normal()) {
  if (!root_.has_filename()) root_ = root_.parent_path();  // "/var/backups/"
}

std::unique_ptr<Writer> DirectoryStore::create(const std::string& key) {
  require_key(key);
  return std::make_unique<DirectoryWriter>(*this, root_, key);
}

std::unique_ptr<Reader> DirectoryStore::open(const std::string& key, std::uint64_t offset) {
  require_key(key);
  const auto path = DirectoryPath::find(root_, key);
  if (!path) throw no_such_object(key, *this);
  // Without waiting: what lies there may be a pipe.
  sys::Fd file(::openat(path->directory(), path->name().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file && errno != ENOENT && errno != ELOOP) throw sys::storage_error("read", path->file(), errno);
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) throw no_such_object(key, *this);
  return std::make_unique<DirectoryReader>(std::move(file), path->file(), offset);
}

std::optional<ObjectInfo> DirectoryStore::stat(const std::string& key) {
  require_key(key);
  const auto path = DirectoryPath::find(root_, key);
  if (!path) return std::nullopt;
  struct stat status{};
  if (::fstatat(path->directory(), path->name().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw sys::storage_error("look at", path->file(), errno);
  }
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return ObjectInfo{key, static_cast<std::uint64_t>(status.st_size), modified(status)};
}

void DirectoryStore::list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) {
  visit_files(root_, prefix, [&](const FoundFile& file) {
    const std::string key = file.directory + file.name;
    if (!key.starts_with(prefix) || !is_key(key)) return;
    each({key, static_cast<std::uint64_t>(file.status.st_size), modified(file.status)});
  });
}

void DirectoryStore::remove(const std::string& key) {
  require_key(key);
  const auto path = DirectoryPath::find(root_, key);
  if (!path) return;
  if (::unlinkat(path->directory(), path->name().c_str(), 0) != 0) {
    if (errno == ENOENT) return;
    throw sys::storage_error("remove", path->file(), errno);
  }
  path->sync();
  path->remove_empty();
}

std::vector<Unfinished> DirectoryStore::unfinished(const std::string& prefix) {
  std::vector<Unfinished> found;
  visit_files(root_, prefix, [&](const FoundFile& file) {
    auto parts = read_temporary(file.name);
    if (!parts || !is_key(file.directory + parts->second)) return;
    std::string key = file.directory + parts->second;
    if (!key.starts_with(prefix)) return;
    const sys::Fd fd(::openat(file.parent, file.name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd || !sys::try_lock(fd.get(), root_ / file.directory / file.name)) return;
    found.push_back({std::move(key), std::move(parts->first), modified(file.status)});
  });
  return found;
}

void DirectoryStore::discard(const Unfinished& attempt) {
  require_key(attempt.key);
  const auto path = DirectoryPath::find(root_, attempt.key);
  if (!path) return;
  const std::string name = temporary_name(attempt.id, path->name());
  const fs::path file = path->file().parent_path() / name;
  const sys::Fd fd(::openat(path->directory(), name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return;
  if (!fd) throw sys::storage_error("open", file, errno);
  if (!sys::try_lock(fd.get(), file)) return;
  if (::unlinkat(path->directory(), name.c_str(), 0) != 0 && errno != ENOENT) {
    throw sys::storage_error("remove", file, errno);
  }
  path->remove_empty();
}

}  // namespace store
