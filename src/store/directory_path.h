// Walking below a store's directory, segment by segment, without ever following a symbolic link.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"

namespace store {

// The open directories from a store's root down to the one that holds a key, and the key's last segment.
class DirectoryPath {
 public:
  // nullopt where a directory on the way is missing. Throws Error(storage).
  static std::optional<DirectoryPath> find(const std::filesystem::path& root, const std::string& key);
  // Creates what is missing, the root and its parents included.
  static DirectoryPath make(const std::filesystem::path& root, const std::string& key);

  int directory() const { return open_.back().get(); }
  const std::string& name() const { return name_; }
  std::filesystem::path file() const { return root_ / key_; }  // for messages
  // Makes what was created, moved or removed durable, from the key's directory up to the root.
  void sync() const;
  // Removes the directories that hold nothing any more, the root excepted.
  void remove_empty() const noexcept;

 private:
  enum class Missing { leave, make };
  static std::optional<DirectoryPath> walk(const std::filesystem::path& root, const std::string& key, Missing missing);

  std::filesystem::path root_;
  std::string key_;
  std::vector<std::string> names_;  // of open_, but for the first
  std::vector<sys::Fd> open_;
  std::string name_;
};

// Something in a directory that is a file.
struct FoundFile {
  std::string directory;  // the key of its directory, with a final slash; empty: the root
  std::string name;
  const struct stat& status;
  int parent;  // descriptor of the directory
};

// Every file below `root` whose directory can hold keys that begin with `prefix`, in byte order of their paths.
void visit_files(const std::filesystem::path& root, std::string_view prefix,
                 const std::function<void(const FoundFile&)>& each);

}  // namespace store
