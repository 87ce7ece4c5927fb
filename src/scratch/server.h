// A PostgreSQL server process of ours on a configured data directory: started in the sandbox, watched until it is
// ready, ended.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "scratch/binaries.h"
#include "scratch/instance.h"
#include "sys/process.h"

namespace scratch {

struct ServerPlace {
  std::filesystem::path data;  // writable to the server, like `sockets`, and nothing else is
  std::filesystem::path sockets;
  std::filesystem::path log;  // its standard output and error; written by us, out of its reach
};

class Server {
 public:
  // Starts it (require_sandbox() first) and waits until it takes connections; recovery may take as long as its log
  // shows that it goes on. Throws Error(server) with what the log says where it ends instead, Error(storage) where that
  // is a full disk.
  static Server start(const Binaries& binaries, ServerPlace place, Isolation isolation);
  Server(Server&&) noexcept = default;
  Server& operator=(Server&&) = delete;
  ~Server();  // ends it without a checkpoint

  // Ends it with a checkpoint. Throws Error(server) where it does not end cleanly.
  void stop();

 private:
  Server(sys::Process process, ServerPlace place) : process_(std::move(process)), place_(std::move(place)) {}
  void await_ready();
  void signal(int signal) const;

  sys::Process process_;  // the postmaster, or the sandbox around it
  ServerPlace place_;
};

// What a server's log says about why it ended: its FATAL and PANIC lines with their details, else its last lines.
std::string reason_in_log(const std::filesystem::path& log);
// Why the instance's server ended by itself, as it does where its disk is full: by its log. nullopt: it answers.
std::optional<std::string> reason_of_end(const Instance& instance, const std::string& database);

// Throws Error(tool) where `isolation` is required and bubblewrap does not work here.
void require_sandbox(Isolation isolation);

}  // namespace scratch
