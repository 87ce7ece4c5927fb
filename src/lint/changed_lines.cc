#include "lint/changed_lines.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/process.h"

namespace lint {
namespace {

namespace fs = std::filesystem;

// What git prints goes to a file: a diff may be larger than what sys::run keeps.
std::string git(const std::vector<std::string>& arguments, const fs::path& directory) {
  const sys::TemporaryDirectory workplace;
  const fs::path path = workplace.path() / "out";
  const sys::Fd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  sys::Command command{.argv = {"git", "-c", "core.quotepath=off"}, .directory = directory};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  sys::Process process = sys::Process::start(command, {.out = out.get()});
  const auto exit = process.wait();
  if (!exit || !exit->ok()) throw base::Error(base::Code::tool, fmt::format("git {} failed", arguments.front()));
  return sys::read_file(path);
}

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string asked_of_git(const std::vector<std::string>& arguments, const fs::path& directory,
                         const std::string& otherwise, const std::string& hint) {
  try {
    return without_newline(git(arguments, directory));
  } catch (const base::Error&) {
    throw base::Error(base::Code::usage, otherwise, hint);
  }
}

// A name as git writes it: in double quotes with C's escapes where it holds anything odd.
std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"') return std::string(name);
  std::string result;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] != '\\') {
      result += name[i];
      continue;
    }
    const char next = name[++i];
    if (next >= '0' && next <= '7' && i + 2 < name.size()) {
      result += static_cast<char>((next - '0') * 64 + (name[i + 1] - '0') * 8 + (name[i + 2] - '0'));
      i += 2;
    } else {
      static constexpr std::string_view letters = "abtnvfr";
      const std::size_t at = letters.find(next);
      result += at == std::string_view::npos ? next : "\a\b\t\n\v\f\r"[at];
    }
  }
  return result;
}

// "@@ -1,2 +3,4 @@": the lines behind the plus; of a mere removal the two lines around it.
LineRange new_lines(std::string_view header) {
  const std::size_t plus = header.find('+');
  if (plus == std::string_view::npos) return {1, 0};
  int first = 0;
  int count = 1;
  const char* end = header.data() + header.size();
  const auto [comma, error] = std::from_chars(header.data() + plus + 1, end, first);
  if (error != std::errc()) return {1, 0};
  if (comma != end && *comma == ',') std::from_chars(comma + 1, end, count);
  return count == 0 ? LineRange{first, first + 1} : LineRange{first, first + count - 1};
}

std::string canonical_name(const fs::path& file) {
  return fs::weakly_canonical(file).string();
}

// What git says of a link is about the link, and not about the file that it leads to.
std::string name_in_tree(const fs::path& file) {
  return (fs::weakly_canonical(file.parent_path()) / file.filename()).string();
}

}  // namespace

ChangedLines ChangedLines::parse(std::string_view diff, const fs::path& root) {
  ChangedLines result;
  std::vector<LineRange>* ranges = nullptr;
  int content = 0;  // lines of the hunk still to come, which may look like anything
  while (!diff.empty()) {
    const std::size_t end = std::min(diff.find('\n'), diff.size());
    std::string_view line = diff.substr(0, end);
    diff.remove_prefix(std::min(end + 1, diff.size()));
    if (content > 0 && (line.starts_with('+') || line.starts_with('-'))) {
      --content;
    } else if (line.starts_with("+++ ")) {
      line.remove_prefix(4);
      if (line.ends_with('\t')) line.remove_suffix(1);
      const std::string name = unquoted(line);
      ranges = name.starts_with("b/") ? &result.changed_[name_in_tree(root / name.substr(2))] : nullptr;
    } else if (line.starts_with("@@ ")) {
      const LineRange added = new_lines(line);
      int removed = 1;
      const std::size_t minus_end = std::min(line.find(" +"), line.size());
      const std::size_t comma = line.substr(0, minus_end).find(',');
      if (comma != std::string_view::npos) std::from_chars(line.data() + comma + 1, line.data() + minus_end, removed);
      const std::size_t plus = line.find('+');
      const bool only_removes = line.substr(plus, line.find(' ', plus) - plus).ends_with(",0");
      content = removed + (only_removes ? 0 : added.last - added.first + 1);
      if (ranges) ranges->push_back(added);
    }
  }
  return result;
}

ChangedLines ChangedLines::since(const std::string& revision, const fs::path& directory) {
  if (!sys::find_program("git")) {
    throw base::Error(base::Code::tool, "--diff needs git, which is not installed",
                      "apt-get install git, or leave --diff out");
  }
  const std::string root =
      asked_of_git({"rev-parse", "--show-toplevel"}, directory,
                   fmt::format("--diff needs a git repository, and {} is in none", directory.string()),
                   "name what lies in a repository, or leave --diff out");
  const std::string commit =
      asked_of_git({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"}, directory,
                   fmt::format("git knows no commit “{}”", base::one_line(revision, 80)),
                   "name a commit, a tag or a branch; on a shallow clone, fetch it first");
  ChangedLines result = parse(git({"diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv",
                                   "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", commit, "--"},
                                  root),
                              root);
  std::string_view untracked = {};
  const std::string names = git({"ls-files", "--others", "--exclude-standard", "-z"}, root);
  untracked = names;
  while (!untracked.empty()) {
    const std::size_t end = std::min(untracked.find('\0'), untracked.size());
    result.changed_[name_in_tree(fs::path(root) / untracked.substr(0, end))] = {{1, std::numeric_limits<int>::max()}};
    untracked.remove_prefix(std::min(end + 1, untracked.size()));
  }
  return result;
}

bool ChangedLines::touch(const fs::path& file, int first, int last) const {
  const auto found = changed_.find(canonical_name(file));
  if (found == changed_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const LineRange& range) { return range.first <= last && first <= range.last; });
}

}  // namespace lint
