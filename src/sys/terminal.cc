#include "sys/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace sys {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience = 1s;
constexpr auto redraw_every = 100ms;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::optional<int> columns_wanted() {
  const std::string_view text = environment("COLUMNS");
  int columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  if (error != std::errc() || end != text.data() + text.size() || columns <= 0) return std::nullopt;
  return columns;
}

std::optional<int> window_columns(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

bool elsewhere_too = true;

// Progress is a courtesy: a closed stderr must not stop the work.
void write_stderr(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string amount(std::uint64_t number, std::string_view unit) {
  if (unit == "bytes") return base::human_bytes(number);
  return base::with_commas(static_cast<std::int64_t>(number));
}

// "12.0 MiB/s, 20 s left", as far as it can be told.
std::string pace(std::uint64_t done, std::uint64_t total, std::string_view unit, std::chrono::milliseconds taken) {
  if (unit != "bytes" || done == 0 || taken.count() == 0) return {};
  const double per_second = static_cast<double>(done) * 1000.0 / static_cast<double>(taken.count());
  std::string text = fmt::format(", {}/s", base::human_bytes(static_cast<std::uint64_t>(per_second)));
  if (total > done) {
    const double seconds = static_cast<double>(total - done) / per_second;
    text += fmt::format(", {} left", base::humanise(std::chrono::seconds(static_cast<std::int64_t>(seconds) + 1)));
  }
  return text;
}

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total, std::string_view unit) {
  if (unit.empty() && total == 0) return fmt::format("{} …", what);  // nothing is counted
  std::string line = fmt::format("{}: {}", what, amount(done, unit));
  if (total > 0) line += fmt::format(" of {}", amount(total, unit));
  if (unit != "bytes" && !unit.empty()) line += fmt::format(" {}", unit);
  if (total > 0) {
    line += fmt::format(" ({:.0f} %)", 100.0 * static_cast<double>(done) / static_cast<double>(total));
  }
  return line;
}

}  // namespace

Terminal terminal(int fd) {
  Terminal result;
  result.is_terminal = ::isatty(fd) == 1;
  result.colour = result.is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  const int fallback = result.columns;
  const auto wanted = columns_wanted();
  result.columns = std::max(40, wanted ? *wanted : window_columns(fd).value_or(fallback));
  return result;
}

Progress::Progress(std::string what)
    : what_(std::move(what)),
      started_(Clock::now()),
      drawn_(started_),
      terminal_(terminal(STDERR_FILENO).is_terminal) {}

Progress::~Progress() {
  if (shown_ && terminal_) write_stderr("\r\x1b[K");
}

void Progress::update(std::uint64_t done, std::uint64_t total, std::string_view unit) {
  const auto now = Clock::now();
  if (now - started_ < patience || (shown_ && (!terminal_ || now - drawn_ < redraw_every))) return;
  drawn_ = now;
  shown_ = true;
  if (done > total) total = 0;
  if (!terminal_) {
    if (elsewhere_too) write_stderr(what_ + " …\n");
    return;
  }
  // A line that wraps could not be erased.
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
  const auto limit = static_cast<std::size_t>(terminal(STDERR_FILENO).columns - 2);
  write_stderr("\r\x1b[K" +
               base::one_line(progress_line(what_, done, total, unit) + pace(done, total, unit, taken), limit));
}

void Progress::only_on_terminals() {
  elsewhere_too = false;
}

}  // namespace sys
