#include "sys/unix_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/error.h"
#include "sys/file.h"
#include "sys/identity.h"
#include "sys/pipe.h"

namespace sys {
namespace {

namespace fs = std::filesystem;

constexpr int columns_before_path = 7;  // Num RefCount Protocol Flags Type St Inode

std::string_view path_column(std::string_view line) {
  for (int column = 0; column < columns_before_path; ++column) {
    const auto begin = std::min(line.find_first_not_of(' '), line.size());
    const auto end = std::min(line.find(' ', begin), line.size());
    line.remove_prefix(end);
  }
  if (!line.empty()) line.remove_prefix(1);
  return line;
}

bool can_look_up(const fs::path& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) == 0;
}

// In a child: becomes the account for good, and writes one byte, '1' or '0', for each path.
[[noreturn]] void report_as(const Identity& identity, const std::vector<fs::path>& paths, int fd) {
  if (!become(identity)) ::_exit(1);
  for (const auto& path : paths) {
    const char answer = can_look_up(path) ? '1' : '0';
    if (::write(fd, &answer, 1) != 1) ::_exit(1);
  }
  ::_exit(0);
}

// What report_as() writes; shorter than `paths` where it failed.
std::string ask_as(const Account& account, const std::vector<fs::path>& paths) {
  const Identity identity = identity_of(account);
  auto [answers_in, answers_out] = make_pipe();
  const pid_t pid = ::fork();
  if (pid == 0) report_as(identity, paths, answers_out.get());
  answers_out.reset();
  if (pid < 0) return {};
  std::string answers = read_all(answers_in.get(), "the answers of a child process");
  ::waitpid(pid, nullptr, 0);
  return answers;
}

}  // namespace

std::vector<fs::path> socket_paths(std::string_view proc_net_unix) {
  std::vector<fs::path> paths;
  std::unordered_set<std::string_view> seen;
  auto begin = proc_net_unix.find('\n');  // after the headings
  while (begin != std::string_view::npos) {
    const auto end = proc_net_unix.find('\n', ++begin);
    const std::string_view path = path_column(proc_net_unix.substr(begin, end - begin));
    if (path.starts_with('/') && seen.insert(path).second) paths.emplace_back(path);
    begin = end;
  }
  return paths;
}

std::vector<fs::path> reachable(std::vector<fs::path> paths, const Account& account) {
  if (account.uid == ::geteuid()) {
    std::erase_if(paths, [](const fs::path& path) { return !can_look_up(path); });
    return paths;
  }
  const std::string answers = ask_as(account, paths);
  if (answers.size() != paths.size()) {
    throw base::Error(base::Code::tool, fmt::format("cannot look at the file system as user {}", account.name));
  }
  std::vector<fs::path> found;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (answers[i] == '1') found.push_back(std::move(paths[i]));
  }
  return found;
}

}  // namespace sys
