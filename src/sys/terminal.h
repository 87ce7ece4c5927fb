// What is at the other end of our output, and progress for whoever watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sys {

struct Terminal {
  bool is_terminal = false;
  bool colour = false;  // a terminal, NO_COLOR unset or empty, TERM not "dumb"
  int columns = 100;    // COLUMNS or the window's width, at least 40
};
Terminal terminal(int fd);

// One line on stderr that says what is going on, once it has taken over a second: redrawn in place on a terminal, and
// printed once elsewhere. Erased at the end. Main thread only.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // `done` in `unit` ("rows", "bytes" is shown as sizes); `total` 0 where unknown; one that is passed was an
  // estimate, and is as good as unknown.
  void update(std::uint64_t done, std::uint64_t total, std::string_view unit);

  // From here on nothing is printed but on a terminal: cron mails every line.
  static void only_on_terminals();

 private:
  std::string what_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace sys
