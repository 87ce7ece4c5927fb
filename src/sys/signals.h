// Ctrl-C and SIGTERM as something that can be waited for.
//
// The handler only sets a flag and makes a descriptor readable: whoever waits adds interrupt_fd() to its poll set and
// calls check_interrupted() when it wakes. Any thread may look and wait; a shield of one shields all.
#pragma once

namespace sys {

// Installs handlers for SIGINT, SIGTERM and SIGHUP, and ignores SIGPIPE. Once, at the start of main.
void install_signal_handlers();

// Readable once a signal came; stays readable. -1, which poll(2) passes over, before install_signal_handlers() and
// while an InterruptShield lives.
int interrupt_fd();
bool interrupted();
// Throws Error(interrupted) after a signal. While an InterruptShield lives it does nothing: cleaning up is not cut
// short.
void check_interrupted();

// Waits until `fd` is ready for `events` (poll's) or `timeout_ms` passed (-1: for ever); false on timeout. Throws
// Error(interrupted) on a signal, unless shielded. With `fd` -1 it only sleeps.
bool wait_ready(int fd, short events, int timeout_ms = -1);

class InterruptShield {
 public:
  InterruptShield();
  ~InterruptShield();
  InterruptShield(const InterruptShield&) = delete;
  InterruptShield& operator=(const InterruptShield&) = delete;
};

}  // namespace sys
