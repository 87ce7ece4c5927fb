#include "scratch/workplace.h"

#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "scratch/home.h"
#include "sys/signals.h"

namespace scratch {

namespace fs = std::filesystem;

namespace {

// Everything in `directory` but its lock, which goes last and under HOME's lock: a directory without one is nobody's.
void remove_contents(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() != "lock") sys::remove_tree(entry.path());
  }
}

void remove_owned(const fs::path& directory) {
  remove_contents(directory);
  const auto home_lock = lock_home();
  sys::remove_tree(directory);
}

}  // namespace

sys::FileLock lock_home() {
  return sys::FileLock::acquire(home() / "lock");
}

void make_passage(const fs::path& path) {
  sys::make_private_directory(path, {}, geteuid() == 0);
}

fs::path folder_in_home(std::string_view folder) {
  const auto path = home() / folder;
  make_passage(path);
  return path;
}

Workplace Workplace::create(std::string_view folder) {
  const auto path = folder_in_home(folder) / base::random_hex(4);
  const auto home_lock = lock_home();
  make_passage(path);
  auto lock = sys::FileLock::try_acquire(path / "lock");
  if (!lock) throw base::Error(base::Code::internal, "a new directory is locked already: " + path.string());
  return Workplace(path, std::move(*lock));
}

Workplace::Workplace(Workplace&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, std::nullopt)) {}

Workplace::~Workplace() {
  if (!lock_) return;
  const sys::InterruptShield shield;
  try {
    remove_owned(path_);
  } catch (const std::exception&) {
    // The next run reaps it: nobody holds its lock any more.
  }
}

int reap() {
  int reaped = 0;
  for (const auto folder : {instances_folder, building_folder}) {
    for (const auto& entry : fs::directory_iterator(folder_in_home(folder))) {
      std::optional<sys::FileLock> lock;
      {
        const auto home_lock = lock_home();
        if (!fs::exists(entry.path())) continue;
        lock = sys::FileLock::try_acquire(entry.path() / "lock");
      }
      if (!lock) continue;
      remove_owned(entry.path());
      ++reaped;
    }
  }
  return reaped;
}

}  // namespace scratch
