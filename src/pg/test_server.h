// A PostgreSQL server for tests: on a Unix socket in a temporary directory, gone with the object.
//
// The programs come from the directory PGREHEARSE_TEST_PG_BIN, by default Debian's PostgreSQL 15. The superuser is
// "postgres", authentication is trust unless pg_hba.conf is rewritten. Main thread only.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pg/connection.h"
#include "sys/account.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"

namespace pg {

class TestServer {
 public:
  using Settings = std::map<std::string, std::string>;

  // Starts a server on an empty cluster.
  explicit TestServer(Settings settings = {}) : settings_(std::move(settings)) {
    sys::run_or_throw(program(
        "initdb", {"-D", data().string(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"}));
    start();
  }

  // Fills a data directory by `fill`, which gets its path, empty and owned by the server's account, and starts on it.
  template <typename Fill>
  TestServer(Fill fill, Settings settings) : settings_(std::move(settings)) {
    sys::make_private_directory(data(), account_);
    fill(data());
    start();
  }

  ~TestServer() {
    try {
      end(SIGQUIT);  // at once, without a checkpoint
    } catch (const base::Error&) {
      // The process ends with its owner.
    }
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Parameters parameters(const std::string& database = "postgres", const std::string& user = "postgres") const {
    return {{"host", directory_.path().string()}, {"port", "5432"}, {"dbname", database}, {"user", user}};
  }
  Connection connect(const std::string& database = "postgres", const std::string& user = "postgres") const {
    return Connection::open(parameters(database, user));
  }

  std::filesystem::path data() const { return directory_.path() / "data"; }
  // Of the server's account, beside its data directory.
  const std::filesystem::path& directory() const { return directory_.path(); }
  const sys::Account& account() const { return account_; }
  std::string log() const { return sys::read_file(directory_.path() / "log"); }

  // One of the server's own programs, to be run as its account.
  sys::Command program(const std::string& name, const std::vector<std::string>& arguments) const {
    const char* set = std::getenv("PGREHEARSE_TEST_PG_BIN");
    const std::filesystem::path directory = set != nullptr && *set != '\0' ? set : "/usr/lib/postgresql/15/bin";
    sys::Command command;
    command.argv = {(directory / name).string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment["LD_LIBRARY_PATH"] = (directory.parent_path() / "lib").string();
    command.directory = directory_.path();
    if (account_.uid != sys::current_account().uid) command.account = account_;
    return command;
  }

  // Disconnects everybody and ends the server, with a checkpoint.
  void stop() { end(SIGINT); }

  // Starts it again after stop(). Throws with its log where it does not come up.
  void start() {
    std::vector<std::string> arguments = {"-D", data().string(), "-k", directory_.path().string(), "-p", "5432"};
    Settings all = {{"listen_addresses", ""}, {"fsync", "off"}};
    all.insert(settings_.begin(), settings_.end());
    for (const auto& [name, value] : all) arguments.insert(arguments.end(), {"-c", name + "=" + value});
    const sys::Fd log(::open((directory_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    process_ = sys::Process::start(program("postgres", arguments), {.in = -1, .out = log.get(), .err = log.get()});
    wait_until_ready();
  }

 private:
  void end(int signal) {
    if (!process_.running()) return;
    process_.signal(signal);
    if (!process_.wait(std::chrono::seconds(30))) process_.terminate();
  }

  void wait_until_ready() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < deadline && !process_.poll()) {
      try {
        connect();
        return;
      } catch (const base::Error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
    throw std::runtime_error("the test server did not start:\n" + log());
  }

  sys::Account account_ = sys::server_account();
  sys::TemporaryDirectory directory_{{}, account_};
  Settings settings_;
  sys::Process process_;
};

}  // namespace pg
