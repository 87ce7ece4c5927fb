#include "restore/feed.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/error.h"
#include "repository/object_reader.h"
#include "scratch/tool.h"
#include "sys/failure.h"
#include "sys/pipe.h"
#include "sys/signals.h"
#include "sys/terminal.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

// Leaves read_content() where the program has had enough.
struct ProgramEnded {};

class PipeWriter {
 public:
  explicit PipeWriter(sys::Fd end) : end_(std::move(end)) {
    if (::fcntl(end_.get(), F_SETFL, O_NONBLOCK) != 0)
      throw Error(Code::internal, fmt::format("cannot set up a pipe: {}", sys::reason(errno)));
  }

  // False where nobody reads any more.
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(end_.get(), bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EPIPE) {
        return false;
      } else if (errno == EAGAIN) {
        sys::wait_ready(end_.get(), POLLOUT);
      } else if (errno != EINTR) {
        throw Error(Code::tool, fmt::format("cannot write to a program: {}", sys::reason(errno)));
      }
    }
    return true;
  }
  void close() { end_.reset(); }

 private:
  sys::Fd end_;
};

// Passes on all but the last bytes that it got.
class HeldBack {
 public:
  static constexpr std::size_t at_least = 64;

  template <typename Sink>
  void take(std::string_view part, const Sink& sink) {
    if (part.size() < at_least) {
      kept_.append(part);
      return;
    }
    sink(kept_);
    const std::size_t passed = part.size() - at_least;
    sink(part.substr(0, passed));
    kept_ = part.substr(passed);
  }
  const std::string& rest() const { return kept_; }

 private:
  std::string kept_;
};

// Programs are here where this is asked: what they say no to is the archive. One that is newer than they are is not to
// blame for it.
Error failure(const scratch::Tool& program, const sys::Exit& exit) {
  Error error = program.failure(exit, Code::input);
  if (error.message().find("unsupported version (") == std::string::npos) return error;
  return {Code::tool, error.message(), "a newer pg_dump wrote the archive: install a pg_restore that is as new"};
}

}  // namespace

ObjectFeed::ObjectFeed(const Choice& choice, const repository::StoredObject& object, const repository::KeyRing* keys,
                       std::filesystem::path temporary)
    : choice_(choice), object_(object), keys_(keys), temporary_(std::move(temporary)) {}

template <typename Sink>
void ObjectFeed::read(const Sink& sink, const repository::KeyRing* keys) {
  sys::Progress progress(fmt::format("restoring {}", choice_.point.id));
  std::uint64_t done = 0;
  repository::read_content(*choice_.from.store, choice_.point.id, object_, keys, sink,
                           [&](std::uint64_t bytes) { progress.update(done += bytes, object_.bytes, "bytes"); });
}

void ObjectFeed::run(const sys::Command& command) {
  auto pipe = sys::make_wide_pipe();
  scratch::Tool program(command, {.in = pipe.read_end.get(), .out = -1}, temporary_);
  pipe.read_end.reset();
  PipeWriter writer(std::move(pipe.write_end));
  std::optional<sys::Exit> exit;
  const auto write = [&](std::string_view bytes) {
    if (exit || writer.write(bytes)) return;
    exit = program.wait();
    if (!exit->ok()) throw ProgramEnded();
  };
  HeldBack held;
  try {
    read([&](std::string_view part) { held.take(part, write); }, keys_);
    write(held.rest());
  } catch (const ProgramEnded&) {
    throw failure(program, *exit);
  }
  writer.close();
  if (!exit) exit = program.wait();
  if (!exit->ok()) throw failure(program, *exit);
}

void ObjectFeed::run_on_front(const sys::Command& command, int out) {
  auto pipe = sys::make_wide_pipe();
  scratch::Tool program(command, {.in = pipe.read_end.get(), .out = out}, temporary_);
  pipe.read_end.reset();
  PipeWriter writer(std::move(pipe.write_end));
  try {
    read(
        [&](std::string_view part) {
          if (!writer.write(part)) throw ProgramEnded();
        },
        keys_);
  } catch (const ProgramEnded&) {
    // It has seen what it wanted.
  }
  writer.close();
  if (const auto exit = program.wait(); !exit.ok()) throw failure(program, exit);
}

}  // namespace restore
