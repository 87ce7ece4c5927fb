#include "base/lsn.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace base {
namespace {

TEST(Lsn, ReadsAndWritesWhatPostgresqlShows) {
  EXPECT_EQ(Lsn::parse("16/B374D848").value, 0x16B374D848U);
  EXPECT_EQ(Lsn::parse("16/b374d848").text(), "16/B374D848");
  EXPECT_EQ(Lsn::parse("0/0").value, 0U);
  EXPECT_EQ(Lsn{}.text(), "0/0");
  EXPECT_EQ(Lsn::parse("FFFFFFFF/FFFFFFFF").value, UINT64_MAX);
}

TEST(Lsn, WritesWhatItReads) {
  for (const std::uint64_t value : {0UL, 1UL, 0xFFFFFFFFUL, 0x100000000UL, 0x123456789ABCDEFUL, UINT64_MAX}) {
    EXPECT_EQ(Lsn::parse(Lsn{value}.text()).value, value);
  }
}

TEST(Lsn, OrdersByPosition) {
  EXPECT_LT(Lsn::parse("0/FFFFFFFF"), Lsn::parse("1/0"));
  EXPECT_EQ(Lsn::parse("1/0A"), Lsn::parse("1/A"));
}

TEST(Lsn, RefusesEverythingElse) {
  for (const char* text : {"", "/", "1", "1/", "/1", "1/2/3", "G/1", "1/ 2", " 1/2", "-1/2", "+1/2", "0x1/2",
                           "123456789/0", "0/123456789", "1/2 "}) {
    EXPECT_THROW(Lsn::parse(text), Error) << text;
  }
}

}  // namespace
}  // namespace base
