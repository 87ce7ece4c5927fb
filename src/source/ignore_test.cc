#include "source/ignore.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "sys/file.h"

namespace source {
namespace {

namespace fs = std::filesystem;

TEST(Ignored, ReadsPatternsAsGitDoes) {
  const sys::TemporaryDirectory directory;
  const fs::path& root = directory.path();
  fs::create_directories(root / ".git");
  fs::create_directories(root / "a" / "b");
  sys::write_file(root / ".gitignore",
                  "# no\n*.log\n/top\nout/\n!keep.log\na/**/deep.sql\nall/**\n**/any\nx?y[0-9]\r\n", 0644);
  sys::write_file(root / "a" / ".gitignore", "!b.log\nonly.sql\n", 0644);
  const Ignored above = Ignored::at(root);
  const Ignored below = Ignored::at(root / "a");
  const auto named = [&](const std::string& path, bool is_directory = false) {
    return above.below(root / "a").names(root / path, is_directory);
  };
  for (const char* path : {"x.log", "a/x.log", "top", "a/b/deep.sql", "a/deep.sql", "a/b/c/deep.sql", "all/x",
                           "all/b/x", "any", "a/any", "xzy7", "a/only.sql"})
    EXPECT_TRUE(named(path)) << path;
  for (const char* path :
       {"keep.log", "a/b.log", "a/top", "out", "deep.sql", "all", "xy7", "only.sql", "log", "x.logs"})
    EXPECT_FALSE(named(path)) << path;
  EXPECT_TRUE(named("a/out", true));
  EXPECT_TRUE(below.names(root / "a" / "x.log", false));
  EXPECT_FALSE(below.names(root / "a" / "b.log", false));
}

}  // namespace
}  // namespace source
