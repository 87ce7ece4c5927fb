#include "apply/durable.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/failure.h"
#include "sys/fd.h"

namespace apply {

namespace {

void sync(const std::filesystem::path& path, int flags) {
  const sys::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!fd || ::fsync(fd.get()) != 0) throw sys::storage_error("make durable", path, errno);
}

}  // namespace

void make_durable(const std::filesystem::path& path) {
  sync(path, 0);
  make_entries_durable(path.parent_path());
}

void make_entries_durable(const std::filesystem::path& directory) {
  sync(directory, O_DIRECTORY);
}

}  // namespace apply
