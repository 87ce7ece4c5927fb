// Objects in memory: the store that every other one is measured by, for tests of what is built upon stores.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "store/object_store.h"

namespace store {

class MemoryStore : public ObjectStore {
 public:
  std::string description() const override { return "memory"; }
  std::unique_ptr<Writer> create(const std::string& key) override;
  std::unique_ptr<Reader> open(const std::string& key, std::uint64_t offset) override;
  std::optional<ObjectInfo> stat(const std::string& key) override;
  void list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) override;
  void remove(const std::string& key) override;
  std::vector<Unfinished> unfinished(const std::string& prefix) override;
  void discard(const Unfinished& attempt) override;

 private:
  friend class MemoryWriter;
  struct Object {
    std::string bytes;
    base::Instant modified{};
  };
  void add(const std::string& key, std::string bytes);

  std::mutex mutex_;
  std::map<std::string, Object> objects_;
};

}  // namespace store
