#include "sql/names.h"

#include <gtest/gtest.h>

namespace sql {
namespace {

TEST(Names, AreFoldedUnlessTheyAreQuoted) {
  EXPECT_EQ(identifier("Users"), "users");
  EXPECT_EQ(identifier("\"Users\""), "Users");
  EXPECT_EQ(identifier("\"a\"\"b\""), "a\"b");
}

TEST(Names, PartAtDotsOutsideOfQuotes) {
  EXPECT_EQ(qualified_name("users"), (TableName{"", "users"}));
  EXPECT_EQ(qualified_name("App.\"Users\""), (TableName{"app", "Users"}));
  EXPECT_EQ(qualified_name("\"a.b\".\"c.d\""), (TableName{"a.b", "c.d"}));
  EXPECT_EQ(qualified_name("shop.app.users"), (TableName{"app", "users"}));
  EXPECT_EQ(qualified_name(""), (TableName{}));
}

}  // namespace
}  // namespace sql
