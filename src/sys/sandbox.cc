#include "sys/sandbox.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <system_error>

#include "base/error.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/unix_sockets.h"

namespace sys {
namespace {

using base::Code;
using base::Error;
using View = SandboxPolicy::View;

// What View::system_only shows; not every machine has all of them.
constexpr std::array system_directories{"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt"};
// What is empty and private inside, whichever the view.
constexpr std::array private_directories{"/run", "/tmp", "/var/run", "/var/tmp"};

constexpr std::string_view install_hint = "install the Debian package bubblewrap";

bool is_link(const fs::path& path) {
  std::error_code error;
  return fs::is_symlink(fs::symlink_status(path, error));
}

// Whether `path` is `directory` or lies below it; both clean().
bool is_within(const fs::path& path, const fs::path& directory) {
  return std::mismatch(path.begin(), path.end(), directory.begin(), directory.end()).second == directory.end();
}

// Without "." and "..", and no slash at the end.
fs::path clean(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// Links resolved as far as the path exists.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return clean(error ? path : canonical);
}

// The arguments of bwrap for one command. Mounts are made in the order of the arguments: later ones win.
class Arguments {
 public:
  Arguments(const SandboxPolicy& policy, const Account& account) : policy_(policy), account_(account) {}

  std::vector<std::string> build(const fs::path& directory) {
    add_isolation();
    add_view();
    for (const auto& path : policy_.readable) add_binding("--ro-bind", path);
    for (const auto& path : policy_.writable) add_binding("--bind", path);
    mask_sockets();
    if (policy_.view == View::system_only) add({"--remount-ro", "/"});
    add({"--chdir", directory.string()});
    return std::move(arguments_);
  }

 private:
  void add(std::initializer_list<std::string> arguments) {
    arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
  }

  void add_isolation() {
    add({"--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--as-pid-1",
         "--new-session", "--cap-drop", "ALL"});
  }

  void add_view() {
    if (policy_.view == View::everything) {
      add({"--ro-bind", "/", "/"});
    } else {
      for (const char* directory : system_directories) add({"--ro-bind-try", directory, directory});
    }
    add({"--dev", "/dev", "--proc", "/proc"});
    for (const char* directory : private_directories) {
      if (!is_link(directory)) add({"--tmpfs", directory});
    }
  }

  void add_binding(const char* kind, const fs::path& path) {
    const fs::path source = resolved(path);
    add({kind, source.string(), source.string()});
    // Where the name given leads through a link that the view does not show, it has to exist by itself.
    const fs::path name = clean(path);
    if (name != source && !shown_by_view(name)) add({kind, source.string(), name.string()});
  }

  bool hidden(const fs::path& path) const {
    return std::any_of(private_directories.begin(), private_directories.end(),
                       [&](const char* directory) { return is_within(path, directory); }) ||
           is_within(path, "/dev") || is_within(path, "/proc");
  }

  bool shown_by_view(const fs::path& path) const {
    if (policy_.view == View::everything) return !hidden(path);
    return std::any_of(system_directories.begin(), system_directories.end(),
                       [&](const char* directory) { return is_within(path, directory); });
  }

  static bool lies_in(const fs::path& path, const std::vector<fs::path>& directories) {
    return std::any_of(directories.begin(), directories.end(),
                       [&](const fs::path& directory) { return is_within(path, resolved(directory)); });
  }

  bool visible(const fs::path& path) const {
    return shown_by_view(path) || lies_in(path, policy_.readable) || lies_in(path, policy_.writable);
  }

  void mask_sockets() {
    std::vector<fs::path> sockets;
    for (const auto& name : socket_paths(read_file("/proc/net/unix"))) {
      const fs::path path = resolved(name);
      if (visible(path) && !lies_in(path, policy_.sockets)) sockets.push_back(path);
    }
    if (sockets.empty()) return;
    // bwrap cannot mount over what its account cannot look up, nor can anybody inside connect to it.
    for (const auto& path : reachable(std::move(sockets), account_)) add({"--ro-bind", "/dev/null", path.string()});
  }

  const SandboxPolicy& policy_;
  const Account& account_;
  std::vector<std::string> arguments_;
};

fs::path start_directory(const Command& command, View view) {
  if (!command.directory.empty()) return fs::absolute(command.directory);
  return view == View::everything ? fs::current_path() : fs::path("/");
}

SandboxStatus try_sandbox(const Account& account) {
  if (!find_program("bwrap")) return {false, fmt::format("bubblewrap is not installed: {}", install_hint)};
  Command command{{"/bin/true"}, {}, {}, account};
  try {
    const Output output = run(sandboxed(command, {}), {}, std::chrono::seconds(20));
    if (output.exit.ok()) return {true, {}};
    return {false, fmt::format("bubblewrap cannot make a sandbox here ({}): allow user namespaces (sysctl "
                               "user.max_user_namespaces, kernel.unprivileged_userns_clone=1, "
                               "kernel.apparmor_restrict_unprivileged_userns=0), or in a container run it with "
                               "--security-opt seccomp=unconfined --security-opt systempaths=unconfined",
                               base::one_line(output.err, 200))};
  } catch (const Error& error) {
    if (error.code() == Code::interrupted) throw;
    return {false, error.message()};
  }
}

}  // namespace

const SandboxStatus& sandbox_status(const Account& account) {
  static std::map<uid_t, SandboxStatus> known;
  const auto found = known.find(account.uid);
  return found != known.end() ? found->second : known.emplace(account.uid, try_sandbox(account)).first->second;
}

Command sandboxed(const Command& command, const SandboxPolicy& policy) {
  const auto bwrap = find_program("bwrap");
  if (!bwrap) throw Error(Code::tool, "bubblewrap is not installed", std::string(install_hint));
  Command inside = command;
  inside.argv =
      Arguments(policy, command.account.value_or(current_account())).build(start_directory(command, policy.view));
  inside.argv.insert(inside.argv.begin(), bwrap->string());
  inside.argv.emplace_back("--");
  inside.argv.insert(inside.argv.end(), command.argv.begin(), command.argv.end());
  inside.directory = "/";
  return inside;
}

}  // namespace sys
