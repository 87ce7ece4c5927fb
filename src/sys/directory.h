// What the parts of file.h share about directories.
#pragma once

#include <filesystem>
#include <optional>

#include "sys/account.h"

namespace sys {

// The directory that holds `path`, never empty.
std::filesystem::path parent_directory(const std::filesystem::path& path);

// `owner` where we can give files away and should: as root, to somebody else.
std::optional<Account> new_owner(const std::optional<Account>& owner);

// remove_tree() for destructors and for failures that are already under way: nobody hears of what stays.
void discard_tree(const std::filesystem::path& path) noexcept;

}  // namespace sys
