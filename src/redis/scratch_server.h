// A throw-away Redis server on a given RDB file: for drills, and to look into a recovery point.
//
// It listens on a Unix socket in a directory that is private to its account and nowhere else, saves nothing, replicates
// nothing, and runs in the sandbox (sys/sandbox.h) unless told otherwise: no network, nothing writable but its own
// directory. Where we are root it runs as sys::server_account(). It dies with this process, and its files with the
// object; what SIGKILL leaves of them is for the owner of `place` to remove.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "redis/address.h"
#include "redis/client.h"
#include "sys/process.h"

namespace redis {

struct ScratchOptions {
  bool sandbox = true;     // false: the person said --no-sandbox
  int databases = 16'384;  // an RDB file with a higher database number does not load
};

class ScratchServer {
 public:
  // Makes its directories in `place`, which exists, is the caller's and is on a path short enough for a Unix socket;
  // the server's account must be able to pass through it. Nothing runs yet. Throws Error(tool) where there is no
  // redis-server or no sandbox, with what to do.
  explicit ScratchServer(std::filesystem::path place, ScratchOptions options = {});
  ~ScratchServer();  // kills it and removes its directories
  ScratchServer(const ScratchServer&) = delete;
  ScratchServer& operator=(const ScratchServer&) = delete;

  // Where the RDB file has to be before start(). Without one the server starts empty.
  std::filesystem::path rdb() const { return data() / "dump.rdb"; }

  // Starts it and waits until it has loaded everything, as long as that takes. It checks compact encodings deeply on
  // the way (since 6.2). Throws Error(storage) with the end of its log where the RDB file is why it does not start, and
  // Error(tool) where anything else is.
  void start();
  Address address() const;
  Client connect() const;

 private:
  std::filesystem::path data() const { return place_ / "data"; }
  std::filesystem::path sockets() const { return place_ / "s"; }
  std::filesystem::path log() const { return place_ / "log"; }
  sys::Command command() const;
  void await_ready();

  std::filesystem::path place_;
  ScratchOptions options_;
  std::filesystem::path program_;
  sys::Process process_;
};

// The lines of a server's log that say why it ended, else its last ones; of at most `limit` characters.
std::string end_of_log(const std::filesystem::path& log, std::size_t limit = 500);

}  // namespace redis
