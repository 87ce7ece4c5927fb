#include "store/directory_path.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/error.h"
#include "sys/failure.h"
#include "sys/file.h"
#include "sys/signals.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr int as_directory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

void sync_directory(int fd, const fs::path& path) {
  if (::fsync(fd) != 0) throw sys::storage_error("write to directory", path, errno);
}

// Creates the root with what is missing above it, durably.
void make_root(const fs::path& root) {
  fs::path there = root;
  std::error_code ignored;
  while (there.has_relative_path() && !fs::exists(there, ignored)) there = there.parent_path();
  if (there == root) return;
  sys::make_private_directory(root);
  for (fs::path path = root; path != there; path = path.parent_path()) {
    const sys::Fd parent(::open(path.parent_path().c_str(), as_directory));
    if (!parent) throw sys::storage_error("open directory", path.parent_path(), errno);
    sync_directory(parent.get(), path.parent_path());
  }
}

base::Error not_a_directory(const fs::path& path) {
  return {base::Code::storage, fmt::format("{} is no directory, so no backup can lie below it", path.string()),
          "move it away: symbolic links and files are not followed inside a store"};
}

class Visitor {
 public:
  Visitor(const fs::path& root, std::string_view prefix, const std::function<void(const FoundFile&)>& each)
      : root_(root), prefix_(prefix), each_(each) {}

  void visit(const sys::Fd& directory, const std::string& key) {
    for (const Entry& entry : entries(directory, key)) {
      sys::check_interrupted();
      if (entry.directory) {
        descend(directory, key, entry.name);
      } else {
        each_({key, entry.name, entry.status, directory.get()});
      }
    }
  }

 private:
  struct Entry {
    std::string name;
    bool directory = false;
    struct stat status{};
    std::string order() const { return directory ? name + '/' : name; }  // as it comes in whole keys
  };

  std::vector<Entry> entries(const sys::Fd& directory, const std::string& key) const {
    std::vector<Entry> found;
    sys::Fd copy(::openat(directory.get(), ".", as_directory));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy ? ::fdopendir(copy.get()) : nullptr, ::closedir);
    if (!stream) throw sys::storage_error("read directory", root_ / key, errno);
    copy.release();
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      Entry one{.name = entry->d_name};
      const bool there = ::fstatat(directory.get(), entry->d_name, &one.status, AT_SYMLINK_NOFOLLOW) == 0;
      one.directory = S_ISDIR(one.status.st_mode);
      if (there && wanted(key, one)) found.push_back(std::move(one));
      errno = 0;
    }
    if (errno != 0) throw sys::storage_error("read directory", root_ / key, errno);
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.order() < b.order(); });
    return found;
  }

  bool wanted(const std::string& key, const Entry& entry) const {
    if (!entry.directory) return S_ISREG(entry.status.st_mode);
    if (entry.name == "." || entry.name == "..") return false;
    if (key.empty() && entry.name == "lost+found") return false;  // the file system's own, closed to us
    const std::string below = key + entry.name + '/';
    return below.starts_with(prefix_) || prefix_.starts_with(below);
  }

  void descend(const sys::Fd& directory, const std::string& key, const std::string& name) {
    const sys::Fd below(::openat(directory.get(), name.c_str(), as_directory | O_NOFOLLOW));
    if (below) {
      visit(below, key + name + '/');
    } else if (errno != ENOENT) {  // removed meanwhile
      throw sys::storage_error("read directory", root_ / key / name, errno);
    }
  }

  const fs::path& root_;
  std::string_view prefix_;
  const std::function<void(const FoundFile&)>& each_;
};

}  // namespace

std::optional<DirectoryPath> DirectoryPath::find(const fs::path& root, const std::string& key) {
  return walk(root, key, Missing::leave);
}

DirectoryPath DirectoryPath::make(const fs::path& root, const std::string& key) {
  // Whoever removes the last object of a directory removes the directory, perhaps between two steps of ours.
  while (true) {
    if (auto path = walk(root, key, Missing::make)) return std::move(*path);
    make_root(root);
  }
}

std::optional<DirectoryPath> DirectoryPath::walk(const fs::path& root, const std::string& key, Missing missing) {
  DirectoryPath path;
  path.root_ = root;
  path.key_ = key;
  path.open_.emplace_back(::open(root.c_str(), as_directory));
  if (!path.open_.back()) {
    if (errno == ENOENT) return std::nullopt;
    throw errno == ENOTDIR ? not_a_directory(root) : sys::storage_error("open directory", root, errno);
  }
  std::string_view rest = key;
  for (std::size_t slash = 0; (slash = rest.find('/')) != std::string_view::npos; rest.remove_prefix(slash + 1)) {
    std::string name(rest.substr(0, slash));
    const fs::path whole = root / key.substr(0, static_cast<std::size_t>(rest.data() - key.data()) + slash);
    if (missing == Missing::make && ::mkdirat(path.directory(), name.c_str(), 0700) != 0 && errno != EEXIST) {
      if (errno == ENOENT) return std::nullopt;
      throw sys::storage_error("create directory", whole, errno);
    }
    sys::Fd next(::openat(path.directory(), name.c_str(), as_directory | O_NOFOLLOW));
    if (!next) {
      if (errno == ENOENT) return std::nullopt;
      if (errno == ENOTDIR || errno == ELOOP) throw not_a_directory(whole);
      throw sys::storage_error("open directory", whole, errno);
    }
    path.open_.push_back(std::move(next));
    path.names_.push_back(std::move(name));
  }
  path.name_ = rest;
  return path;
}

void DirectoryPath::sync() const {
  // All of them each time: a directory that somebody else made a moment ago need not be durable yet.
  for (auto directory = open_.rbegin(); directory != open_.rend(); ++directory) sync_directory(directory->get(), root_);
}

void DirectoryPath::remove_empty() const noexcept {
  for (std::size_t depth = names_.size(); depth > 0; --depth) {
    if (::unlinkat(open_[depth - 1].get(), names_[depth - 1].c_str(), AT_REMOVEDIR) != 0) return;
  }
}

void visit_files(const fs::path& root, std::string_view prefix, const std::function<void(const FoundFile&)>& each) {
  const sys::Fd directory(::open(root.c_str(), as_directory));
  if (directory) {
    Visitor(root, prefix, each).visit(directory, {});
  } else if (errno != ENOENT) {
    throw errno == ENOTDIR ? not_a_directory(root) : sys::storage_error("open directory", root, errno);
  }
}

}  // namespace store
