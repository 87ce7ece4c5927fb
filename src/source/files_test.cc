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
    Listing found = list_files({root()}, excluded_);
    problems_ = std::move(found.problems);
    for (const std::string& file : found.files) names.push_back(fs::relative(file, root()).string());
    return names;
  }

  Ignored excluded_;
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

TEST_F(Files, ThatAreExcludedArePassedOverAlsoWhereTheyAreNamed) {
  write("a.sql", "");
  write("vendor.min.js", "");
  write("oracle/deep/b.sql", "");
  write("app/oracle/c.sql", "");
  excluded_.add(root(), "*.min.js");
  excluded_.add(root(), "/oracle/");
  EXPECT_THAT(listed(), testing::ElementsAre("a.sql", "app/oracle/c.sql"));
  const Listing named =
      list_files({root() / "oracle/deep/b.sql", root() / "vendor.min.js", root() / "a.sql"}, excluded_);
  EXPECT_THAT(named.files, testing::ElementsAre((root() / "a.sql").string()));
}

TEST_F(Files, OfNoLanguageAreSkippedWhereTheyAreNamed) {
  write("README.md", "DELETE FROM users");
  write("run", "#!/bin/sh\n");
  const Listing named = list_files({root() / "README.md", root() / "run"}, excluded_);
  EXPECT_THAT(named.files, testing::ElementsAre((root() / "run").string()));
  EXPECT_THAT(named.skipped, testing::ElementsAre((root() / "README.md").string()));
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

TEST_F(Files, ThatAParserCannotBearAreProblemsAndLeaveTheOthersAlone) {
  const std::string query = "q('DELETE FROM users');\n";
  std::string hidden;
  std::string begins;
  for (int i = 0; i < 100'000; ++i) {
    hidden += "[']',";
    begins += "begin ";
  }
  write("a.js", query + std::string(100'000, '('));
  write("b.js", query + hidden);
  write("c.rb", query + begins);
  write("d.py", query + std::string(200'000, '['));
  write("e.js", query);
  write("f.ts", query);
  std::vector<std::string> files = listed();
  std::vector<std::size_t> fragments(files.size());
  std::vector<std::size_t> calls(files.size());
  for (std::string& file : files) file = (root() / file).string();
  extract_files(files, [&](std::size_t index, FileResult&& result) {
    ++calls[index];
    fragments[index] = result.extraction.fragments.size();
    EXPECT_EQ(fragments[index] + result.extraction.problems.size(), 1U) << files[index];
  });
  EXPECT_THAT(calls, testing::Each(1U));
  EXPECT_THAT(std::vector(fragments.end() - 2, fragments.end()), testing::Each(1U));
}

TEST_F(Files, ThatGitIgnoresArePassedOver) {
  write(".gitignore", "/made/\n*.gen.sql\n");
  write("made/x.sql", "");
  write("a/x.gen.sql", "");
  write("a/made/x.sql", "");
  EXPECT_THAT(listed(), testing::ElementsAre("a/made/x.sql"));
}

}  // namespace
}  // namespace source
