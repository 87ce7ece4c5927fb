// Bytes to descriptors that may be pipes.
#pragma once

#include <string_view>

namespace sys {

// All of `bytes`, over short writes and EINTR; 0, or the number of the error.
int write_fully(int fd, std::string_view bytes);

// All of `bytes` to standard output; what comes after its reader has gone (head, a pager that was left) is dropped.
// Throws Error(storage).
void write_output(std::string_view bytes);

}  // namespace sys
