// A store that could not be opened, for want of credentials: everything that is asked of it fails with the reason, so
// that it is as far away as one that does not answer, and keeps nothing from the stores beside it.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "store/object_store.h"

namespace store {

class AbsentStore : public ObjectStore {
 public:
  AbsentStore(std::string description, base::Error reason)
      : description_(std::move(description)), reason_(std::move(reason)) {}

  std::string description() const override { return description_; }
  std::unique_ptr<Writer> create(const std::string&) override { fail(); }
  std::unique_ptr<Reader> open(const std::string&, std::uint64_t) override { fail(); }
  std::optional<ObjectInfo> stat(const std::string&) override { fail(); }
  void list(const std::string&, const std::function<void(const ObjectInfo&)>&) override { fail(); }
  void remove(const std::string&) override { fail(); }
  std::vector<Unfinished> unfinished(const std::string&) override { fail(); }
  void discard(const Unfinished&) override { fail(); }

 private:
  [[noreturn]] void fail() const { throw base::Error(reason_); }

  std::string description_;
  base::Error reason_;
};

}  // namespace store
