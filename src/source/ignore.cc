#include "source/ignore.h"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>
#include <system_error>

#include "base/error.h"
#include "sys/file.h"

namespace source {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 20U;

// A pattern with slashes, of which ** stands for any number of directories.
bool matches(const std::string& glob, const std::string& path) {
  const std::size_t stars = glob.find("**/");
  if (stars == std::string::npos || (stars > 0 && glob[stars - 1] != '/')) {
    const bool everything_below = glob.ends_with("/**");
    if (!everything_below) return ::fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME) == 0;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (matches(glob.substr(0, glob.size() - 3), path.substr(0, slash))) return true;
    }
    return false;
  }
  const std::string rest = glob.substr(stars + 3);
  bool fits = stars == 0;
  for (std::size_t from = 0;; ++from) {
    fits = fits || (from > 0 && matches(glob.substr(0, stars - 1), path.substr(0, from - 1)));
    if (fits && matches(rest, path.substr(from))) return true;
    const std::size_t slash = path.find('/', from);
    if (slash == std::string::npos) return false;
    from = slash;
  }
}

}  // namespace

Ignored Ignored::at(const fs::path& directory) {
  std::error_code failed;
  const fs::path absolute = fs::absolute(directory, failed).lexically_normal();
  // As far up as the repository's root; outside of one, only what lies below.
  std::vector<fs::path> above;
  for (fs::path level = absolute; !failed; level = level.parent_path()) {
    above.push_back(level);
    if (fs::exists(level / ".git", failed)) break;
    if (level == level.parent_path()) {
      above.resize(1);
      break;
    }
  }
  Ignored ignored;
  for (auto level = above.rbegin(); level != above.rend(); ++level) ignored.read(*level);
  return ignored;
}

Ignored Ignored::below(const fs::path& directory) const {
  Ignored deeper = *this;
  std::error_code failed;
  deeper.read(fs::absolute(directory, failed).lexically_normal());
  return deeper;
}

void Ignored::read(const fs::path& directory) {
  std::string text;
  std::error_code failed;
  if (!fs::is_regular_file(directory / ".gitignore", failed)) return;
  try {
    text = sys::read_file(directory / ".gitignore", largest_file);
  } catch (const base::Error&) {
    return;  // then nothing is ignored by it
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) add(directory, std::move(line));
}

void Ignored::add(const fs::path& directory, std::string line) {
  std::string base = directory.string();
  if (!base.ends_with('/')) base += '/';
  while (line.ends_with('\r') || (line.ends_with(' ') && !line.ends_with("\\ "))) line.pop_back();
  if (line.empty() || line[0] == '#') return;
  Pattern pattern{.base = std::move(base), .takes_back = line[0] == '!'};
  if (pattern.takes_back) line.erase(0, 1);
  if (line.ends_with('/')) {
    pattern.directories_only = true;
    line.pop_back();
  }
  pattern.anchored = line.find('/') != std::string::npos;
  if (line.starts_with('/')) line.erase(0, 1);
  pattern.glob = std::move(line);
  if (!pattern.glob.empty()) patterns_.push_back(std::move(pattern));
}

bool Ignored::names(const fs::path& path, bool is_directory) const {
  if (patterns_.empty()) return false;
  std::error_code failed;
  const std::string absolute = fs::absolute(path, failed).lexically_normal().string();
  const std::string name = path.filename().string();
  const auto decides = std::find_if(patterns_.rbegin(), patterns_.rend(), [&](const Pattern& pattern) {
    if (pattern.directories_only && !is_directory) return false;
    if (!absolute.starts_with(pattern.base)) return false;
    return pattern.anchored ? matches(pattern.glob, absolute.substr(pattern.base.size()))
                            : ::fnmatch(pattern.glob.c_str(), name.c_str(), FNM_PATHNAME) == 0;
  });
  return decides != patterns_.rend() && !decides->takes_back;
}

}  // namespace source
