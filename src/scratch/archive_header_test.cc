#include "scratch/archive_header.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace scratch {
namespace {

constexpr const char* listing =
    ";\n; Archive created at 2026-05-11 03:00:07 UTC\n;     dbname: shop\n;     TOC Entries: 9\n;     Format: CUSTOM\n"
    ";     Dumped from database version: 15.20 (Debian 15.20-0+deb12u1)\n;     Dumped by pg_dump version: 15.20\n;\n"
    "3400; 1262 16384 DATABASE - shop postgres\n"
    "0; 0 0 ACL - DATABASE shop postgres\n"
    "3401; 0 0 DATABASE PROPERTIES - shop postgres\n"
    "2; 3079 16385 EXTENSION - pg_trgm \n"
    "3402; 0 0 COMMENT - EXTENSION pg_trgm \n"
    "214; 1259 16400 TABLE public DATABASE - x postgres\n";

TEST(ListingOfAnArchive, SaysWhatItIsOf) {
  const auto header = parse_listing(listing);
  EXPECT_EQ(header.database, "shop");
  EXPECT_EQ(header.major, 15);
  ASSERT_TRUE(header.made);
  EXPECT_EQ(base::to_rfc3339(*header.made), "2026-05-11T03:00:07.000Z");
  EXPECT_EQ(header.extensions, std::vector<std::string>{"pg_trgm"});
}

TEST(ListingOfAnArchive, TellsTheDatabasesOwnEntriesFromATableOfThatName) {
  EXPECT_EQ(parse_listing(listing).database_entries.size(), 3U);
}

TEST(ListingOfAnArchive, HasNoTimeWhereItsTimeMakesNoSense) {
  EXPECT_FALSE(
      parse_listing("; Archive created at yesterday\n;     dbname: a\n;     Dumped from database version: 15\n").made);
}

TEST(ListingOfAnArchive, WithoutADatabaseIsAnError) {
  for (const char* text : {"", "; Archive created at 2026-05-11 03:00:07 UTC\n;     dbname: a\n"}) {
    EXPECT_THROW(parse_listing(text), base::Error) << text;
  }
}

}  // namespace
}  // namespace scratch
