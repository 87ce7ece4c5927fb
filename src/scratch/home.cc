#include "scratch/home.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "scratch/workplace.h"
#include "sys/account.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

constexpr const char* choose_another = "name a directory for images and scratch servers in PGREHEARSE_HOME";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

fs::path wanted_home() {
  if (const auto set = environment("PGREHEARSE_HOME"); !set.empty()) return fs::absolute(set).lexically_normal();
  if (geteuid() == 0) return "/var/cache/pgrehearse";
  if (const auto cache = environment("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "pgrehearse";
  return sys::current_account().home / ".cache" / "pgrehearse";
}

// A socket's path has to fit sockaddr_un: HOME/instances/XXXXXXXX/s/.s.PGSQL.5432.
void require_short(const fs::path& home) {
  const auto socket = home / instances_folder / "00000000" / "s" / ".s.PGSQL.5432";
  if (socket.native().size() < sizeof(sockaddr_un::sun_path)) return;
  throw base::Error(base::Code::storage,
                    fmt::format("the path {} is too long for a Unix socket beneath it", home.string()), choose_another);
}

// Whoever owns this directory can replace what we start servers on.
void require_own(const fs::path& home) {
  struct stat status{};
  if (lstat(home.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid()) return;
  throw base::Error(base::Code::storage, fmt::format("{} is not a directory of our own", home.string()),
                    choose_another);
}

bool may_pass(const fs::path& directory, const sys::Account& account) {
  struct stat status{};
  if (stat(directory.c_str(), &status) != 0) return false;
  if (status.st_uid == account.uid) return (status.st_mode & S_IXUSR) != 0;
  if (status.st_gid == account.gid) return (status.st_mode & S_IXGRP) != 0;
  return (status.st_mode & S_IXOTH) != 0;
}

// As root, the servers run under another account, which has to get there through every directory above.
void require_reachable(const fs::path& home) {
  const auto account = sys::server_account();
  if (account.uid == geteuid()) return;
  for (fs::path directory = home;; directory = directory.parent_path()) {
    if (!may_pass(directory, account)) {
      throw base::Error(base::Code::storage,
                        fmt::format("account {} cannot pass through {}, and the scratch servers run as that account",
                                    account.name, directory.string()),
                        choose_another);
    }
    if (directory == directory.root_path()) return;
  }
}

}  // namespace

fs::path home() {
  const auto path = wanted_home();
  require_short(path);
  make_passage(path);
  require_own(path);
  require_reachable(path);
  return path;
}

}  // namespace scratch
