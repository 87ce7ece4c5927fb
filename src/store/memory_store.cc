#include "store/memory_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sys/clock.h"

namespace store {

class MemoryWriter : public Writer {
 public:
  MemoryWriter(MemoryStore& store, std::string key) : store_(store), key_(std::move(key)) {}
  void write(std::string_view bytes) override { bytes_ += bytes; }
  void commit() override { store_.add(key_, std::move(bytes_)); }

 private:
  MemoryStore& store_;
  std::string key_;
  std::string bytes_;
};

namespace {

class MemoryReader : public Reader {
 public:
  explicit MemoryReader(std::string bytes) : bytes_(std::move(bytes)) {}
  std::size_t read(char* buffer, std::size_t size) override {
    const std::size_t got = bytes_.copy(buffer, size, at_);
    at_ += got;
    return got;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Writer> MemoryStore::create(const std::string& key) {
  require_key(key);
  return std::make_unique<MemoryWriter>(*this, key);
}

std::unique_ptr<Reader> MemoryStore::open(const std::string& key, std::uint64_t offset) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) throw no_such_object(key, *this);
  const std::string& bytes = found->second.bytes;
  return std::make_unique<MemoryReader>(bytes.substr(std::min<std::uint64_t>(offset, bytes.size())));
}

std::optional<ObjectInfo> MemoryStore::stat(const std::string& key) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return std::nullopt;
  return ObjectInfo{key, found->second.bytes.size(), found->second.modified};
}

void MemoryStore::list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) {
  std::vector<ObjectInfo> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = objects_.lower_bound(prefix); at != objects_.end() && at->first.starts_with(prefix); ++at) {
      found.push_back({at->first, at->second.bytes.size(), at->second.modified});
    }
  }
  for (const ObjectInfo& info : found) each(info);
}

void MemoryStore::remove(const std::string& key) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
}

std::vector<Unfinished> MemoryStore::unfinished(const std::string&) {
  return {};
}
void MemoryStore::discard(const Unfinished&) {}

void MemoryStore::add(const std::string& key, std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (!objects_.try_emplace(key, Object{std::move(bytes), sys::now()}).second) throw object_exists(key, *this);
}

}  // namespace store
