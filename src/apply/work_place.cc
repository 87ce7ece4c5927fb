#include "apply/work_place.h"

#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "sys/directory.h"

namespace apply {

namespace fs = std::filesystem;

namespace {

constexpr const char* lock_name = "lock";

// Of dead owners.
void reap(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->is_directory()) continue;
    if (sys::FileLock::try_acquire(entry->path() / lock_name)) sys::discard_tree(entry->path());
  }
}

}  // namespace

WorkPlace WorkPlace::create(const fs::path& folder) {
  sys::make_private_directory(folder);
  const auto folder_lock = sys::FileLock::acquire(folder / ".lock");
  reap(folder);
  const fs::path path = folder / base::random_hex(8);
  sys::make_private_directory(path);
  auto lock = sys::FileLock::try_acquire(path / lock_name);
  if (!lock) throw base::Error(base::Code::internal, "a new directory is locked already: " + path.string());
  return WorkPlace(path, std::move(*lock));
}

WorkPlace::~WorkPlace() {
  if (lock_ && !path_.empty()) sys::discard_tree(path_);
}

}  // namespace apply
