// Errors of the file system, as sentences.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace sys {

// "cannot ACTION PATH: REASON"; a full disk or quota is named as what it is, whatever the action was.
base::Error storage_error(std::string_view action, const std::filesystem::path& path, int error_number);

// What the number in errno means ("No such file or directory").
std::string reason(int error_number);

}  // namespace sys
