#include "sys/failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace sys {

base::Error storage_error(std::string_view action, const std::filesystem::path& path, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return {base::Code::storage, fmt::format("no space left on the filesystem of {}", path.string()),
            "free some space there, or use a directory on another filesystem"};
  }
  return {base::Code::storage, fmt::format("cannot {} {}: {}", action, path.string(), reason(error_number))};
}

std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace sys
