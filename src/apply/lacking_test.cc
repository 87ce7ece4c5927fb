#include "apply/lacking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apply {
namespace {

TEST(Lacking, IsSaidByObjectAndGivenByStatementsToBeCopied) {
  const Lacking lacking = {{"SCHEMA app", {"USAGE"}}, {"app.\"Users\"", {"UPDATE", "SELECT"}}};
  EXPECT_THAT(described(lacking), testing::ElementsAre("USAGE on SCHEMA app", "SELECT, UPDATE on app.\"Users\""));
  EXPECT_EQ(grants_for(lacking, "Clerk"),
            "GRANT USAGE ON SCHEMA app TO \"Clerk\"; GRANT SELECT, UPDATE ON app.\"Users\" TO \"Clerk\"");
  EXPECT_EQ(grants_for({}, "clerk"), "");
}

}  // namespace
}  // namespace apply
