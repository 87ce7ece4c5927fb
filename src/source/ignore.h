// .gitignore, as far as deciding what not to search needs it (git's manual, gitignore(5), "PATTERN FORMAT").
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace source {

// The patterns of a directory's .gitignore, and of those above it as far as the repository's root. Only files: neither
// .git/info/exclude nor the user's own settings are asked, and a file that is tracked all the same counts as ignored.
class Ignored {
 public:
  // What is in force at `directory`, its own file included.
  static Ignored at(const std::filesystem::path& directory);
  // The same one level down, in `directory`.
  Ignored below(const std::filesystem::path& directory) const;

  // One more pattern, as a line of a .gitignore in `directory`.
  void add(const std::filesystem::path& directory, std::string line);

  // `path` as at() and below() were given it, with a name at the end.
  bool names(const std::filesystem::path& path, bool is_directory) const;

 private:
  struct Pattern {
    std::string base;  // the directory its file lies in, with a slash at the end
    std::string glob;  // without the slashes that stand first and last
    bool anchored = false;
    bool directories_only = false;
    bool takes_back = false;
  };

  void read(const std::filesystem::path& directory);

  std::vector<Pattern> patterns_;  // the last that matches decides
};

}  // namespace source
