// A running scratch server: a clone of an image that only we use, thrown away with the object.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "scratch/binaries.h"
#include "sys/process.h"

namespace scratch {

enum class Isolation {
  required,  // bubblewrap, or refuse
  none,      // the person said --no-sandbox
};

struct InstanceOptions {
  std::map<std::string, std::string> settings;  // on top of the scratch's own and the source's
  Isolation isolation = Isolation::required;
};

// The server listens on a Unix socket in a 0700 directory and nowhere else. It cannot reach the world (sys/sandbox.h):
// archiving, subscriptions, preloaded libraries and workers are off, foreign servers have no network. Durability is
// off, wal_level is logical. It dies with this process, and its directory is removed by the destructor or, after
// SIGKILL, by the next run's scratch::reap().
class Instance {
 public:
  // Clones `data` (a stopped data directory) and starts a server of `binaries` on it. Throws Error(server) with the end
  // of its log where it does not start, Error(storage) on a full disk.
  static Instance clone(const std::filesystem::path& data, const Binaries& binaries, const InstanceOptions& options);
  // Makes an empty cluster (UTF-8, C collation for speed unless `locale` says otherwise; superuser "postgres") and
  // starts it.
  static Instance create(const Binaries& binaries, const InstanceOptions& options,
                         const std::string& locale = "C.UTF-8");
  // Starts a server on `data` itself, which the caller owns (building an image).
  static Instance adopt(const std::filesystem::path& data, const Binaries& binaries, const InstanceOptions& options);

  Instance(Instance&&) noexcept;
  Instance& operator=(Instance&&) noexcept;
  ~Instance();  // kills the server and removes its directory

  // How to reach it. `user` empty: the bootstrap superuser.
  pg::Parameters parameters(const std::string& database, const std::string& user = {}) const;
  pg::Connection connect(const std::string& database, const std::string& user = {}) const;
  const Binaries& binaries() const;
  const std::filesystem::path& directory() const;  // of this instance: lock, data/, s/, log
  const std::filesystem::path& data() const;
  bool reflinked() const;

  // `command` as it has to be started to use this server and nothing else: in the sandbox, with PG* and DATABASE_URL
  // set and every other PG* variable unset. The working directory is kept (read-only); `readable` names what has to be
  // seen besides, where the sandbox would hide it (/tmp, say).
  sys::Command confined(const sys::Command& command, const std::string& database, const std::string& user,
                        const std::vector<std::filesystem::path>& readable = {}) const;

  // Ends the server cleanly (a checkpoint, so that the data directory needs no recovery). The directory stays until the
  // destructor.
  void stop();

 private:
  struct State;
  explicit Instance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace scratch
