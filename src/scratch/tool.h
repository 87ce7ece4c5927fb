// PostgreSQL's client programs at work on an image: connected by file descriptors, their complaints kept for the error.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "sys/process.h"

namespace scratch {

// How its standard streams are connected; -1: /dev/null.
struct ToolStreams {
  int in = -1;
  int out = -1;
};

class Tool {
 public:
  // `temporary` gets a file with what it writes to standard error.
  Tool(const sys::Command& command, ToolStreams streams, const std::filesystem::path& temporary);
  ~Tool();
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  // Waits for its end, however long it takes.
  sys::Exit wait();
  // Why it failed, as an error of kind `code`; a full disk is Error(storage), and so is that somebody killed it, as
  // happens where memory is short.
  base::Error failure(const sys::Exit& exit, base::Code code) const;

 private:
  std::string name_;
  std::filesystem::path complaints_;
  sys::Process process_;
};

// Runs it to its end; what goes wrong is an error of kind `code`.
void run_tool(const sys::Command& command, ToolStreams streams, const std::filesystem::path& temporary,
              base::Code code);

// `writer` | `reader`. The error is that of the one that failed first.
void run_pipeline(const sys::Command& writer, const sys::Command& reader, const std::filesystem::path& temporary);

}  // namespace scratch
