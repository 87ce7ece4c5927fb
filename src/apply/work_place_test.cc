#include "apply/work_place.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "sys/file.h"

namespace apply {
namespace {

namespace fs = std::filesystem;

class WorkPlaceTest : public testing::Test {
 protected:
  int directories() const {
    int found = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) found += entry.is_directory();
    return found;
  }

  sys::TemporaryDirectory directory_;
  fs::path folder_ = directory_.path() / "work";
};

TEST_F(WorkPlaceTest, GoesWithItsOwner) {
  std::optional<WorkPlace> place(WorkPlace::create(folder_));
  std::ofstream(place->path() / "planned") << "rows";
  EXPECT_EQ(fs::status(place->path()).permissions(), fs::perms::owner_all);
  place.reset();
  EXPECT_EQ(directories(), 0);
}

TEST_F(WorkPlaceTest, IsRemovedByTheNextOneWhereItsOwnerDied) {
  const pid_t child = ::fork();
  if (child == 0) {
    const WorkPlace place = WorkPlace::create(folder_);
    std::ofstream(place.path() / "planned") << "rows" << std::flush;
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_EQ(directories(), 1);
  const WorkPlace next = WorkPlace::create(folder_);
  EXPECT_EQ(directories(), 1);
  EXPECT_FALSE(fs::exists(next.path() / "planned"));
}

TEST_F(WorkPlaceTest, OfALivingOwnerIsLeftAlone) {
  const WorkPlace first = WorkPlace::create(folder_);
  const WorkPlace second = WorkPlace::create(folder_);
  EXPECT_TRUE(fs::exists(first.path()));
  EXPECT_NE(first.path(), second.path());
}

}  // namespace
}  // namespace apply
