// A directory in STATE for the files of one apply while it runs: rows of production, for their owner alone, on the disk
// whose room is asked for.
//
// Its file `lock` is held (fcntl) by the process at work in it. Whoever makes another one removes those whose lock is
// free: their owners are dead. Both happen under FOLDER/.lock, so that none is seen before its lock is held.
#pragma once

#include <filesystem>
#include <optional>

#include "sys/file.h"

namespace apply {

class WorkPlace {
 public:
  // In `folder`, which is created where it is missing. Throws Error(storage).
  static WorkPlace create(const std::filesystem::path& folder);
  WorkPlace(WorkPlace&&) noexcept = default;
  WorkPlace& operator=(WorkPlace&&) = delete;
  ~WorkPlace();  // removes the directory; what cannot be removed is left to the next one

  const std::filesystem::path& path() const { return path_; }

 private:
  WorkPlace(std::filesystem::path path, sys::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // empty: moved from
  std::optional<sys::FileLock> lock_;
};

}  // namespace apply
