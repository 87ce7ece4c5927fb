// What instances there are, for whoever lists or removes them.
#include "base/error.h"
#include "scratch/image.h"
#include "scratch/workplace.h"

namespace scratch {

std::vector<RunningInstance> list_instances() {
  namespace fs = std::filesystem;
  std::vector<RunningInstance> found;
  for (const auto& entry : fs::directory_iterator(folder_in_home(instances_folder))) {
    RunningInstance instance;
    instance.id = entry.path().filename();
    try {
      instance.bytes = sys::tree_bytes(entry.path());
    } catch (const base::Error&) {
      continue;  // it is being removed
    }
    const auto home_lock = lock_home();
    const auto lock = entry.path() / "lock";
    std::error_code gone;
    const auto made = fs::last_write_time(lock, gone);
    if (gone) continue;
    instance.started = std::chrono::time_point_cast<base::Instant::duration>(fs::file_time_type::clock::to_sys(made));
    instance.alive = !sys::FileLock::try_acquire(lock);
    found.push_back(std::move(instance));
  }
  return found;
}

}  // namespace scratch
