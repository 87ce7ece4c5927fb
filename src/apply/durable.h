// What has to be on disk before a COMMIT.
#pragma once

#include <filesystem>

namespace apply {

// fsync of the file and of its directory. Throws Error(storage).
void make_durable(const std::filesystem::path& path);
// fsync of a directory alone.
void make_entries_durable(const std::filesystem::path& directory);

}  // namespace apply
