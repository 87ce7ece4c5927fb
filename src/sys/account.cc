#include "sys/account.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sys/failure.h"

namespace sys {
namespace {

// Runs getpwnam_r or getpwuid_r with a buffer that is large enough; nullopt where there is no such account.
template <typename Lookup>
std::optional<Account> look_up(Lookup lookup) {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = lookup(&entry, buffer.data(), buffer.size(), &found)) == ERANGE) buffer.resize(buffer.size() * 2);
  if (found == nullptr) return std::nullopt;
  return Account{entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir};
}

std::optional<Account> account_named(const char* name) {
  return look_up([name](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwnam_r(name, entry, buffer, size, found);
  });
}

}  // namespace

Account current_account() {
  const uid_t uid = ::geteuid();
  auto account = look_up([uid](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
  // Containers run accounts that no passwd file knows.
  if (!account) account = Account{uid, 0, fmt::format("{}", uid), "/"};
  account->gid = ::getegid();
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') account->home = home;
  return *account;
}

Account server_account() {
  if (::geteuid() != 0) return current_account();
  for (const char* name : {"postgres", "nobody"}) {
    if (auto account = account_named(name); account && account->uid != 0) return *account;
  }
  throw base::Error(base::Code::tool, "PostgreSQL refuses to run as root, and there is no account postgres or nobody",
                    "run pgrehearse as an ordinary user");
}

std::filesystem::path state_directory() {
  namespace fs = std::filesystem;
  const auto set = [](const char* variable) -> std::string_view {
    const char* value = std::getenv(variable);
    return value != nullptr ? value : "";
  };
  if (const auto state = set("PGREHEARSE_STATE"); !state.empty()) return fs::absolute(state);
  if (const auto home = set("PGREHEARSE_HOME"); !home.empty()) return fs::absolute(home) / "state";
  if (::geteuid() == 0) return "/var/lib/pgrehearse";
  if (const auto xdg = set("XDG_STATE_HOME"); !xdg.empty()) return fs::path(xdg) / "pgrehearse";
  return current_account().home / ".local" / "state" / "pgrehearse";
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string person() {
  return fmt::format("{}@{}", current_account().name, host_name());
}

}  // namespace sys
