#include "scratch/tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <fstream>

#include "base/hash.h"
#include "base/text.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;

// In a sandbox the program's name stands behind the sandbox's own arguments.
std::string program_name(const sys::Command& command) {
  const auto separator = std::find(command.argv.begin(), command.argv.end(), "--");
  const bool wrapped = separator != command.argv.end() && separator + 1 != command.argv.end();
  return fs::path(wrapped ? *(separator + 1) : command.argv.front()).filename();
}

// The lines that say what was wrong, at most a few; else the last ones.
std::string complaint_in(const fs::path& file) {
  constexpr std::size_t most = 6;
  std::deque<std::string> errors;
  std::deque<std::string> last;
  std::ifstream lines(file, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    line = base::one_line(line, 400);
    const bool telling = line.find("error:") != std::string::npos || line.find("ERROR:") != std::string::npos ||
                         line.find("FATAL:") != std::string::npos || line.starts_with("DETAIL:");
    if (telling && errors.size() < most) errors.push_back(line);
    last.push_back(line);
    if (last.size() > most) last.pop_front();
  }
  std::string text;
  for (const auto& line : errors.empty() ? last : errors) text += (text.empty() ? "" : "\n") + line;
  return base::mask_secrets(text);
}

sys::Process start(const sys::Command& command, const ToolStreams& streams, const fs::path& complaints) {
  const sys::Fd file(open(complaints.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw Error(Code::storage, fmt::format("cannot write {}", complaints.string()));
  sys::Command in_english = command;  // what it complains of is looked into
  in_english.environment["LC_ALL"] = "C";
  return sys::Process::start(in_english, {.in = streams.in, .out = streams.out, .err = file.get()});
}

}  // namespace

Tool::Tool(const sys::Command& command, ToolStreams streams, const fs::path& temporary)
    : name_(program_name(command)),
      complaints_(temporary / fmt::format("{}-{}.log", name_, base::random_hex(4))),
      process_(start(command, streams, complaints_)) {}

Tool::~Tool() {
  std::error_code ignored;
  fs::remove(complaints_, ignored);
}

sys::Exit Tool::wait() {
  sys::Progress progress("running " + name_);
  for (;;) {
    if (const auto exit = process_.wait(std::chrono::milliseconds(200))) return *exit;
    progress.update(0, 0, "");
  }
}

Error Tool::failure(const sys::Exit& exit, Code code) const {
  const auto complaint = complaint_in(complaints_);
  const bool disk_full = complaint.find("No space left on device") != std::string::npos;
  return Error(disk_full || exit.killed() ? Code::storage : code,
               fmt::format("{} failed ({}){}{}", name_, exit.describe(), complaint.empty() ? "" : ": ", complaint));
}

void run_tool(const sys::Command& command, ToolStreams streams, const fs::path& temporary, Code code) {
  Tool tool(command, streams, temporary);
  if (const auto exit = tool.wait(); !exit.ok()) throw tool.failure(exit, code);
}

void run_pipeline(const sys::Command& writer, const sys::Command& reader, const fs::path& temporary) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(Code::internal, "cannot make a pipe");
  sys::Fd out(ends[0]);
  sys::Fd in(ends[1]);
  Tool reading(reader, {.in = out.get(), .out = -1}, temporary);
  Tool writing(writer, {.in = -1, .out = in.get()}, temporary);
  in.reset();
  out.reset();
  const auto read = reading.wait();
  const auto written = writing.wait();
  const bool nobody_read = written.signal == SIGPIPE;
  if (!written.ok() && !nobody_read) throw writing.failure(written, Code::tool);
  if (!read.ok()) throw reading.failure(read, Code::tool);
}

}  // namespace scratch
