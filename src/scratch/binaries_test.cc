#include "scratch/binaries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace scratch {
namespace {

TEST(Binaries, FindsDebiansOwnWithTheirClients) {
  const auto& found = binaries_for(15);
  EXPECT_EQ(found.major, 15);
  EXPECT_THAT(found.version, testing::StartsWith("15."));
  EXPECT_TRUE(std::filesystem::exists(found.directory / "postgres"));
  ASSERT_TRUE(found.pg_dump && found.pg_restore && found.psql);
  EXPECT_EQ(found.pg_dump->parent_path(), found.directory);
}

TEST(Binaries, AMissingMajorIsAnErrorThatSaysWhatIsHereAndHowToGetIt) {
  try {
    binaries_for(99);
    FAIL() << "found PostgreSQL 99";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::Code::tool);
    EXPECT_THAT(error.message(), testing::HasSubstr("PostgreSQL 99"));
    EXPECT_THAT(error.message(), testing::HasSubstr(binaries_for(15).version));
    EXPECT_THAT(error.hint(), testing::HasSubstr("postgresql-99"));
  }
}

TEST(Binaries, ServersTooOldForAScratchAreRefused) {
  EXPECT_THROW(binaries_for(14), base::Error);
}

}  // namespace
}  // namespace scratch
