#include "base/nearest.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3U);
  EXPECT_EQ(edit_distance("plan", "plna"), 2U);
}

TEST(NearestWord, IsOneThatMayHaveBeenMeant) {
  EXPECT_EQ(nearest_word("pln", {"show", "plan"}), "plan");
  EXPECT_EQ(nearest_word("back", {"pack", "backup"}), "backup");
  EXPECT_EQ(nearest_word("backu", {"prune", "backup", "backups"}), "backup");
  EXPECT_EQ(nearest_word("zebra", {"show", "plan"}), "");
  EXPECT_EQ(nearest_word("", {"show", "plan"}), "");
  EXPECT_EQ(nearest_word("x", {}), "");
}

}  // namespace
}  // namespace base
