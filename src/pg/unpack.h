// A tar archive, unpacked while it arrives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sys/account.h"

namespace pg {

// The next piece of the archive, of any size, valid until the next call; empty at its end. May throw.
using PullBytes = std::function<std::string_view()>;

struct UnpackOptions {
  std::set<std::string> leave_out;    // entries that are not written, by their path in the archive
  std::optional<sys::Account> owner;  // of what is written; nullopt: us
};

// Writes the archive's files (0600) and directories (0700) below the directory `to`; returns the bytes of the files.
// Directories may be there already, files may not. An archive is foreign: a path that is absolute or climbs by "..", a
// link, a device or anything else that is no file and no directory is refused with Error(server). Error(storage) where
// a file cannot be written.
std::uint64_t unpack_tar(const PullBytes& pull, const std::filesystem::path& to, const UnpackOptions& options);

}  // namespace pg
