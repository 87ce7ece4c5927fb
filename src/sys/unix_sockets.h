// The Unix sockets of this machine that have a name in the file system (unix(7), proc(5) "/proc/net/unix").
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "sys/account.h"

namespace sys {

// The absolute paths that a /proc/net/unix names, in its order, each once. Abstract sockets, which the network
// namespace keeps apart, and relative names, which nobody can place, are left out.
std::vector<std::filesystem::path> socket_paths(std::string_view proc_net_unix);

// Those of `paths` that exist and can be looked up by `account`.
std::vector<std::filesystem::path> reachable(std::vector<std::filesystem::path> paths, const Account& account);

}  // namespace sys
