#include "source/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sys/file.h"

namespace source {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) {
    fs::create_directories((root() / name).parent_path());
    sys::write_file(root() / name, bytes, 0644);
  }
  fs::path root() const { return directory_.path(); }

  std::vector<std::string> listed() {
    std::vector<std::string> names;
    for (const std::string& file : list_files({root()}, problems_))
      names.push_back(fs::relative(file, root()).string());
    return names;
  }

  std::vector<FileResult> problems_;
  sys::TemporaryDirectory directory_;
};

TEST_F(Files, AreFoundByEndingOrShebangInOrderAndLoopsEnd) {
  write("b/app.py", "");
  write("a/x.sql", "");
  write("run", "#!/usr/bin/env python3\n");
  write("notes.txt", "DELETE FROM users");
  write(".git/hooks/x.sh", "");
  write("node_modules/x/i.js", "");
  fs::create_directory_symlink(root(), root() / "b" / "loop");
  EXPECT_THAT(listed(), testing::ElementsAre("a/x.sql", "b/app.py", "run"));
  EXPECT_THAT(problems_, testing::IsEmpty());
}

TEST_F(Files, ThatCannotBeReadAreProblems) {
  write("binary.py", std::string("DELETE FROM users\0\x01", 19));
  write("latin.rb", "x = 'DELETE FROM users' # \xe9\n");
  write("empty.sql", "");
  write("min.js", "x('DELETE FROM users');" + std::string(largest_program, ' '));
  write("harmless.js", std::string(2 * largest_program, ' '));
  std::vector<std::string> files = listed();
  files.push_back((root() / "missing.sql").string());
  for (std::string& file : files) file = (root() / file).string();
  std::vector<std::size_t> problems(files.size());
  extract_files(files,
                [&](std::size_t index, FileResult&& result) { problems[index] = result.extraction.problems.size(); });
  EXPECT_THAT(problems, testing::ElementsAre(1, 0, 0, 1, 1, 1));
}

}  // namespace
}  // namespace source
