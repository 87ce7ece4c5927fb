// Objects as files of a directory: a key is the path below it.
//
// A file is written under a temporary name beside its place (".pgrehearse-ID-NAME", locked while its process lives),
// synced, moved without replacing anything, and its directories up to the store's own are synced. Files have mode 0600
// and directories 0700. Directories come with the first object in them and go with the last. Symbolic links below the
// store's directory are never followed, and what is no file, or has a name that is no key, is passed over.
#pragma once

#include <filesystem>
#include <string>

#include "store/object_store.h"

namespace store {

class DirectoryStore : public ObjectStore {
 public:
  // `root` may be missing: then the store is empty, and the first create() makes it.
  explicit DirectoryStore(const std::filesystem::path& root);

  std::string description() const override { return root_.string(); }
  // Throws Error(storage) where something on the key's way is no directory; writing to a full disk says what is free.
  std::unique_ptr<Writer> create(const std::string& key) override;
  std::unique_ptr<Reader> open(const std::string& key, std::uint64_t offset) override;
  std::optional<ObjectInfo> stat(const std::string& key) override;
  void list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) override;
  void remove(const std::string& key) override;
  std::vector<Unfinished> unfinished(const std::string& prefix) override;
  // Leaves it alone where a living process writes it.
  void discard(const Unfinished& attempt) override;

 private:
  std::filesystem::path root_;
};

}  // namespace store
