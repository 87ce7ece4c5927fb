#include "scratch/tool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "sys/file.h"

namespace scratch {
namespace {

using testing::HasSubstr;

base::Error failure_of(const std::string& script) {
  const sys::TemporaryDirectory temporary;
  Tool tool({.argv = {"/bin/sh", "-c", script}}, {}, temporary.path());
  return tool.failure(tool.wait(), base::Code::input);
}

TEST(Tools, ComplainInEnglishWhateverTheAccountSpeaks) {
  ::setenv("LC_ALL", "de_DE.UTF-8", 1);
  const base::Error error = failure_of("echo speaking $LC_ALL >&2; exit 1");
  ::unsetenv("LC_ALL");
  EXPECT_EQ(error.code(), base::Code::input);
  EXPECT_THAT(error.message(), HasSubstr("speaking C"));
}

TEST(Tools, AreNotToBlameForAFullDiskOrForBeingKilled) {
  EXPECT_EQ(failure_of("echo 'cannot write: No space left on device' >&2; exit 1").code(), base::Code::storage);
  EXPECT_EQ(failure_of("kill -9 $$").code(), base::Code::storage);
  EXPECT_EQ(failure_of("exit 137").code(), base::Code::storage) << "so a sandbox tells it";
}

}  // namespace
}  // namespace scratch
