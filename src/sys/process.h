// Child processes: argv vectors, no shell, their own process group, ended and reaped by their owner.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/account.h"
#include "sys/fd.h"

namespace sys {

struct Command {
  std::vector<std::string> argv;                                  // argv[0] is looked up in PATH where it has no slash
  std::map<std::string, std::optional<std::string>> environment;  // set, or unset where the value is empty
  std::filesystem::path directory;                                // working directory; empty: ours
  std::optional<Account> account;                                 // become this account (root only)
};

// How a child's three standard streams are connected. Unset: /dev/null.
struct Streams {
  int in = -1;
  int out = -1;
  int err = -1;
};

struct Exit {
  int status = -1;  // exit status, or -1 where a signal ended it
  int signal = 0;   // that signal, or 0
  bool ok() const { return status == 0; }
  // By SIGKILL, which comes from outside: for want of memory, say. A sandbox passes it on as a status.
  bool killed() const { return signal == SIGKILL || status == 128 + SIGKILL; }
  std::string describe() const;  // "exit status 2", "signal 9 (Killed)"
};

// A running child. It has its own process group and gets SIGKILL when our process (strictly: the thread that started
// it) dies. The destructor ends it: SIGTERM, two seconds, SIGKILL, to the whole group, and reaps it. When the child has
// ended by itself, what is left of its group gets SIGKILL as it is reaped: nothing that it put in the background stays.
class Process {
 public:
  // Throws Error(tool) where the program cannot be started (not found, not executable, no such directory). The child
  // has no open files but its streams, and default signal handling.
  static Process start(const Command& command, const Streams& streams);
  Process() = default;
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  // Sends `signal` to the child itself, or to its whole process group.
  void signal(int signal) const;
  void signal_group(int signal) const;
  // Reaps the child if it has ended. Afterwards running() is false.
  std::optional<Exit> poll();
  // Waits for its end. Throws Error(interrupted) on a signal to us; nullopt when `limit` passed (zero: for ever).
  std::optional<Exit> wait(std::chrono::milliseconds limit = {});
  // SIGTERM to the group, `grace`, SIGKILL; reaps. Not cut short by a signal to us.
  Exit terminate(std::chrono::milliseconds grace = std::chrono::seconds(2));
  // Readable when the child has ended, for a poll set of one's own. Only while running().
  Fd open_pidfd() const;

 private:
  explicit Process(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;
};

struct Output {
  Exit exit;
  std::string out;
  std::string err;
};

// Runs `command` to its end with `input` on its standard input and captures the rest (at most 16 MiB each, the front is
// kept for `out`, the tail for `err`). Throws Error(tool) where it cannot start, and where it takes longer than
// `limit`.
Output run(const Command& command, std::string_view input = {},
           std::chrono::milliseconds limit = std::chrono::minutes(1));

// Like run(), but throws Error(tool) with the last lines of stderr where it does not exit with 0.
Output run_or_throw(const Command& command, std::string_view input = {},
                    std::chrono::milliseconds limit = std::chrono::minutes(1));

// The absolute path of `program` as PATH finds it (a name with a slash is checked as it is), or nullopt.
std::optional<std::filesystem::path> find_program(const std::string& program);

}  // namespace sys
