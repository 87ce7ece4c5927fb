// Starting a program: everything that may allocate or look something up happens before fork(), since after it only
// async-signal-safe calls are allowed.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "sys/failure.h"
#include "sys/identity.h"
#include "sys/pipe.h"
#include "sys/process.h"

extern char** environ;

namespace sys {
namespace {

using base::Code;
using base::Error;

// Where a child failed between fork() and exec(), as it reports it through the pipe.
enum class Step { streams, account, directory, parent, exec };
struct Failure {
  Step step;
  int error_number;
};

// argv or envp: strings and the null-terminated array of pointers into them.
class PointerArray {
 public:
  explicit PointerArray(std::vector<std::string> strings) : strings_(std::move(strings)) {
    for (auto& text : strings_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  PointerArray(const PointerArray&) = delete;
  PointerArray& operator=(const PointerArray&) = delete;
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

// Signals stay blocked from before fork() until the child has dropped our handlers.
class SignalBlock {
 public:
  SignalBlock() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalBlock() { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t previous_{};
};

// All that the child needs, ready for use.
struct Launch {
  std::string program;
  PointerArray arguments;
  PointerArray environment;
  std::string directory;
  std::optional<Identity> identity;
  std::array<int, 3> streams;
  pid_t parent;
};

std::vector<std::string> child_environment(const Command& command, bool changes_account) {
  std::map<std::string, std::optional<std::string>> changes = command.environment;
  if (changes_account) {
    changes.emplace("HOME", command.account->home.string());
    changes.emplace("USER", command.account->name);
    changes.emplace("LOGNAME", command.account->name);
  }
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) result.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (value) result.push_back(name + "=" + *value);
  }
  return result;
}

bool is_executable_file(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::filesystem::path> find_in_path(const std::string& program, std::string_view path) {
  while (true) {
    const auto colon = path.find(':');
    const std::string_view directory = path.substr(0, colon);
    const auto candidate = std::filesystem::path(directory.empty() ? "." : directory) / program;
    if (is_executable_file(candidate)) return std::filesystem::absolute(candidate);
    if (colon == std::string_view::npos) return std::nullopt;
    path.remove_prefix(colon + 1);
  }
}

std::string_view search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

std::string resolve_program(const Command& command) {
  if (command.argv.empty() || command.argv[0].empty()) throw Error(Code::internal, "a command without a program");
  const std::string& program = command.argv[0];
  if (program.find('/') != std::string::npos) return program;
  const auto wanted = command.environment.find("PATH");
  const bool own_path = wanted != command.environment.end() && wanted->second;
  const auto found = find_in_path(program, own_path ? std::string_view(*wanted->second) : search_path());
  if (!found) {
    throw Error(Code::tool, fmt::format("cannot start {}: it is not installed, or not in PATH", program));
  }
  return found->string();
}

Launch prepare(const Command& command, const Streams& streams) {
  const bool changes_account = command.account && command.account->uid != ::geteuid();
  auto program = resolve_program(command);
  return Launch{std::move(program),
                PointerArray(command.argv),
                PointerArray(child_environment(command, changes_account)),
                command.directory.string(),
                changes_account ? std::optional(identity_of(*command.account)) : std::nullopt,
                {streams.in, streams.out, streams.err},
                ::getpid()};
}

// --- In the child -------------------------------------------------------------------------------------------------

void reset_signals() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool connect_streams(const std::array<int, 3>& streams) {
  std::array<int, 3> moved{};
  // Out of the way of 0 to 2 first: one stream's descriptor may be another's target.
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const int flags = i == 0 ? O_RDONLY : O_WRONLY;
    const int source = streams[i] >= 0 ? streams[i] : ::open("/dev/null", flags | O_CLOEXEC);
    moved[i] = ::fcntl(source, F_DUPFD_CLOEXEC, 3);
    if (moved[i] < 0) return false;
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (::dup2(moved[i], static_cast<int>(i)) < 0) return false;
  }
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  return true;
}

// After the change of account, which clears it. Our death before this call went unnoticed: look once.
bool die_with_parent(pid_t parent) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

// Everything up to exec(); returns where it failed.
Step become_program(const Launch& launch) {
  reset_signals();
  ::setpgid(0, 0);
  if (!connect_streams(launch.streams)) return Step::streams;
  if (launch.identity && !become(*launch.identity)) return Step::account;
  if (!launch.directory.empty() && ::chdir(launch.directory.c_str()) != 0) return Step::directory;
  if (!die_with_parent(launch.parent)) return Step::parent;
  ::execve(launch.program.c_str(), launch.arguments.get(), launch.environment.get());
  return Step::exec;
}

[[noreturn]] void run_child(const Launch& launch, int failure_fd) {
  // Where our own standard streams are closed, the pipe may have got one of their numbers.
  failure_fd = ::fcntl(failure_fd, F_DUPFD_CLOEXEC, 3);
  const Step step = become_program(launch);
  const Failure failure{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(failure_fd, &failure, sizeof failure);
  ::_exit(127);
}

// --- In the parent ------------------------------------------------------------------------------------------------

std::string explain(const Failure& failure, const Launch& launch) {
  switch (failure.step) {
    case Step::streams:
      return fmt::format("its streams cannot be connected: {}", reason(failure.error_number));
    case Step::account:
      return fmt::format("cannot become user {}: {}", launch.identity->uid, reason(failure.error_number));
    case Step::directory:
      return fmt::format("cannot enter {}: {}", launch.directory, reason(failure.error_number));
    case Step::parent:
      return "pgrehearse is ending";
    case Step::exec:
      break;
  }
  if (failure.error_number == ENOEXEC) return "it is not a program (a script needs a first line like #!/bin/sh)";
  return reason(failure.error_number);
}

std::optional<Failure> read_failure(int fd) {
  Failure failure{};
  ssize_t got = 0;
  while ((got = ::read(fd, &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  return got == sizeof failure ? std::optional(failure) : std::nullopt;
}

}  // namespace

Process Process::start(const Command& command, const Streams& streams) {
  const Launch launch = prepare(command, streams);
  auto [failure_in, failure_out] = make_pipe();
  pid_t pid = -1;
  int fork_error = 0;
  {
    const SignalBlock block;
    pid = ::fork();
    if (pid == 0) run_child(launch, failure_out.get());
    fork_error = errno;
  }
  if (pid < 0) throw Error(Code::tool, fmt::format("cannot start {}: {}", launch.program, reason(fork_error)));
  failure_out.reset();
  const auto failure = read_failure(failure_in.get());
  if (!failure) return Process(pid);
  ::waitpid(pid, nullptr, 0);
  throw Error(Code::tool, fmt::format("cannot start {}: {}", command.argv[0], explain(*failure, launch)));
}

std::optional<std::filesystem::path> find_program(const std::string& program) {
  if (program.empty()) return std::nullopt;
  if (program.find('/') == std::string::npos) return find_in_path(program, search_path());
  if (!is_executable_file(program)) return std::nullopt;
  return std::filesystem::absolute(program);
}

}  // namespace sys
