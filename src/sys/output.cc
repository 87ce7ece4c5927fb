#include "sys/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "sys/failure.h"
#include "sys/signals.h"

namespace sys {

int write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_ready(fd, POLLOUT);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void write_output(std::string_view bytes) {
  const int error = write_fully(STDOUT_FILENO, bytes);
  if (error != 0 && error != EPIPE) throw storage_error("write to", "standard output", error);
}

}  // namespace sys
