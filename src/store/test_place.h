// A place for objects in tests: every kind of store that the contract is tested against.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "store/directory_store.h"
#include "store/memory_store.h"
#include "sys/file.h"

namespace store {

// Bytes that no two parts of are alike.
inline std::string varied(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

// Somewhere empty, gone with the object.
class TestPlace {
 public:
  virtual ~TestPlace() = default;
  // The store as one more process would open it.
  virtual std::shared_ptr<ObjectStore> open() = 0;
};

class MemoryPlace : public TestPlace {
 public:
  std::shared_ptr<ObjectStore> open() override { return store_; }

 private:
  std::shared_ptr<ObjectStore> store_ = std::make_shared<MemoryStore>();
};

class DirectoryPlace : public TestPlace {
 public:
  std::shared_ptr<ObjectStore> open() override { return std::make_shared<DirectoryStore>(path()); }
  std::filesystem::path path() const { return directory_.path() / "backups" / "app"; }

 private:
  sys::TemporaryDirectory directory_;
};

struct PlaceKind {
  std::string name;
  std::function<std::unique_ptr<TestPlace>()> make;
};

inline void PrintTo(const PlaceKind& kind, std::ostream* out) {
  *out << kind.name;
}

template <typename Place>
PlaceKind place_kind(std::string name) {
  return {std::move(name), [] { return std::make_unique<Place>(); }};
}

}  // namespace store
