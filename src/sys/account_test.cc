#include "sys/account.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace sys {
namespace {

TEST(Account, KnowsWhoWeAre) {
  const Account account = current_account();
  EXPECT_EQ(account.uid, ::geteuid());
  EXPECT_EQ(account.gid, ::getegid());
  EXPECT_FALSE(account.name.empty());
  EXPECT_TRUE(account.home.is_absolute());
}

TEST(Account, TakesTheHomeOfTheEnvironment) {
  const char* before = std::getenv("HOME");
  const std::string saved = before != nullptr ? before : "";
  ::setenv("HOME", "/some/home", 1);
  EXPECT_EQ(current_account().home, "/some/home");
  ::setenv("HOME", "relative", 1);
  EXPECT_TRUE(current_account().home.is_absolute());
  ::setenv("HOME", saved.c_str(), 1);
}

TEST(Account, NeverRunsServersAsRoot) {
  const Account account = server_account();
  EXPECT_NE(account.uid, 0U);
  if (::geteuid() != 0) {
    EXPECT_EQ(account.uid, ::geteuid());
  }
}

}  // namespace
}  // namespace sys
