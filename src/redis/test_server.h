// A Redis server for tests: on a Unix socket in a temporary directory, gone with the object. Main thread only.
#pragma once

#include <fcntl.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "redis/client.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"

namespace redis {

class TestServer {
 public:
  // `settings` as on redis-server's command line: {"--requirepass", "x"}.
  explicit TestServer(const std::vector<std::string>& settings = {}) {
    sys::Command command;
    command.argv = {"redis-server",
                    "--port",
                    "0",
                    "--unixsocket",
                    socket(),
                    "--dir",
                    directory().string(),
                    "--save",
                    "",
                    "--repl-diskless-sync-delay",
                    "0",
                    "--enable-debug-command",
                    "yes"};
    command.argv.insert(command.argv.end(), settings.begin(), settings.end());
    const sys::Fd log(::open((directory() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    process_ = sys::Process::start(command, {.in = -1, .out = log.get(), .err = log.get()});
    for (int attempt = 0; attempt < 500 && !process_.poll(); ++attempt) {
      if (answers()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("the test server did not start:\n" + log_text());
  }

  Address address() const {
    Address address;
    address.socket = socket();
    return address;
  }
  Client connect() const { return Client::connect(address()); }
  Client connect_with(const std::string& user, const std::string& password) const {
    Address with = address();
    with.user = user;
    with.password = password;
    return Client::connect(with);
  }
  std::string socket() const { return (directory_.path() / "s").string(); }
  const std::filesystem::path& directory() const { return directory_.path(); }
  std::string log_text() const { return sys::read_file(directory() / "log"); }

 private:
  // Whether somebody listens, be it to ask for a password.
  bool answers() const {
    try {
      connect();
      return true;
    } catch (const base::Error& error) {
      return error.message().find("cannot connect") == std::string::npos;
    }
  }

  sys::TemporaryDirectory directory_;
  sys::Process process_;
};

}  // namespace redis
