// Bubblewrap: a process that can reach nothing but what it is given.
//
// No network of any kind, its own process and IPC spaces, a read-only view of the file system, private /tmp and /run,
// and every listening Unix socket of the machine masked, so that not even a local server can be asked for anything. It
// dies with its parent. Source: bwrap(1).
//
// Programs inside are in another session and another process space: a signal sent to the Process or its group reaches
// bwrap only, whose end is SIGKILL for everything inside. The program is the first of its process space: a signal that
// it does not handle does not end it from inside. Sockets that come into being after the start, outside the hidden
// places (/tmp, /var/tmp, /run), are not masked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sys/process.h"

namespace sys {

struct SandboxPolicy {
  std::vector<std::filesystem::path> writable;  // bound read-write at the same path
  std::vector<std::filesystem::path> readable;  // bound read-only at the same path, where the base view lacks them
  std::vector<std::filesystem::path>
      sockets;  // directories, bound by one of the above, whose sockets may be used: no others
  // Servers see only the system directories (/usr, /etc, …) and what is bound; programs that a person names see the
  // whole file system read-only, because their scripts and libraries may lie anywhere.
  enum class View { system_only, everything } view = View::system_only;
};

struct SandboxStatus {
  bool available = false;
  std::string reason;  // why not, as a sentence, with what to do
};

// Tries it once per process, as `account`, by running /bin/true inside.
const SandboxStatus& sandbox_status(const Account& account);

// `command` as it has to be started to run inside the sandbox: bwrap as the command's account, with a namespace of its
// own. It starts in command.directory, or else in our own directory (View::everything) or / (system_only), which must
// be visible inside. Throws Error(tool) where there is no bwrap. Start it soon: sockets are masked as they are now.
Command sandboxed(const Command& command, const SandboxPolicy& policy);

}  // namespace sys
