#include "base/error.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Error, MapsEveryCodeToItsExitStatus) {
  EXPECT_EQ(exit_status(Code::refused), 1);
  EXPECT_EQ(exit_status(Code::usage), 2);
  EXPECT_EQ(exit_status(Code::contract), 2);
  EXPECT_EQ(exit_status(Code::server), 3);
  EXPECT_EQ(exit_status(Code::tool), 3);
  EXPECT_EQ(exit_status(Code::storage), 3);
  EXPECT_EQ(exit_status(Code::input), 3);
  EXPECT_EQ(exit_status(Code::internal), 3);
  EXPECT_EQ(exit_status(Code::interrupted), 130);
}

TEST(Error, NamesCodesInLowerCase) {
  EXPECT_EQ(name(Code::contract), "contract");
  EXPECT_EQ(name(Code::interrupted), "interrupted");
}

TEST(Error, CarriesMessageHintAndSqlstate) {
  Error error(Code::server, "no", "ask again");
  error.with_sqlstate("23505");
  EXPECT_EQ(error.code(), Code::server);
  EXPECT_STREQ(error.what(), "no");
  EXPECT_EQ(error.hint(), "ask again");
  EXPECT_EQ(error.sqlstate(), "23505");
  EXPECT_EQ(error.with_hint("give up").hint(), "give up");
}

TEST(Error, GathersContextFromTheInsideOut) {
  try {
    in_context("while planning",
               [] { in_context("while cloning", [] { throw Error(Code::storage, "disk on fire"); }); });
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "while planning: while cloning: disk on fire");
  }
}

TEST(Error, ContextLeavesResultsAndOtherExceptionsAlone) {
  EXPECT_EQ(in_context("while adding", [] { return 1 + 1; }), 2);
  EXPECT_THROW(in_context("while throwing", []() -> int { throw std::bad_exception(); }), std::bad_exception);
}

}  // namespace
}  // namespace base
