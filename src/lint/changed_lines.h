// The lines that differ from a revision, as git sees it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lint {

struct LineRange {
  int first = 1;
  int last = 1;  // included
};

class ChangedLines {
 public:
  // The working tree around `directory` against `revision`; files that git does not know yet have changed as a whole,
  // unless it ignores them. Throws Error(tool) where there is no git, Error(usage) where `directory` is in no
  // repository or `revision` is none of its commits.
  static ChangedLines since(const std::string& revision, const std::filesystem::path& directory);

  // `diff` as `git diff -U0` writes it, with file names below `root`.
  static ChangedLines parse(std::string_view diff, const std::filesystem::path& root);

  // True where any line from `first` to `last` of `file` changed, or a line next to them was removed.
  bool touch(const std::filesystem::path& file, int first, int last) const;

 private:
  std::map<std::string, std::vector<LineRange>> changed_;  // by absolute path
};

}  // namespace lint
