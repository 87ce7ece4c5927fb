#include "sys/fd.h"

#include <unistd.h>

#include <utility>

namespace sys {

Fd::~Fd() {
  reset();
}

Fd::Fd(Fd&& other) noexcept : fd_(other.release()) {}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

}  // namespace sys
