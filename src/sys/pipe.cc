#include "sys/pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "sys/failure.h"

namespace sys {

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw base::Error(base::Code::internal, fmt::format("cannot make a pipe: {}", reason(errno)));
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

Pipe make_wide_pipe() {
  constexpr int wide = 1 << 20;  // what /proc/sys/fs/pipe-max-size allows anybody by default
  Pipe pipe = make_pipe();
  ::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, wide);  // refused: it is as wide as any
  return pipe;
}

}  // namespace sys
