// A file descriptor with one owner.
#pragma once

namespace sys {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();  // closes; errors are ignored, so close written files by sys::File::commit
  int release();

 private:
  int fd_ = -1;
};

}  // namespace sys
