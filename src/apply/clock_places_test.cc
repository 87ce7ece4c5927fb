#include "apply/clock_places.h"

#include <gtest/gtest.h>

#include "apply/database_test.h"

namespace apply {
namespace {

constexpr std::int64_t noon = 1'779'192'000'000'000;  // 2026-05-19 12:00:00 UTC
constexpr std::int64_t day = 86'400'000'000;
constexpr std::int64_t minute = 60'000'000;

class ClockPlacesTest : public testing::Test {
 protected:
  ClockPlacesTest()
      : database_(
            "CREATE TABLE grants (id int PRIMARY KEY, until timestamptz, unix bigint, doc jsonb);"
            "CREATE TABLE bills (id int PRIMARY KEY, due date)"),
        catalog_(database_.catalog()),
        session_(database_.session()),
        shapes_(session_, catalog_) {}

  using Rows = std::vector<std::vector<changeset::Value>>;
  // Rows that differ.
  std::int64_t differences(const Rows& planned, const Rows& actual, std::int64_t began = noon + 60 * minute) {
    const changeset::Reader one(file(planned));
    const changeset::Reader other(file(actual));
    const RunWindow rehearsal{.began = noon, .ended = noon + 1'000'000, .counts_days = counts_days_};
    const RunWindow production{.began = began, .ended = began + 1'000'000, .counts_days = counts_days_};
    std::int64_t rows = 0;
    for (const Difference& difference :
         compare({.planned = one,
                  .rehearsal = rehearsal,
                  .actual = other,
                  .production = production,
                  .shapes = shapes_,
                  .tables = {"public." + table_},
                  .elsewhere = [](const auto&, const auto&) { return std::set<std::string>(); },
                  .directory = directory_.path()})) {
      rows += difference.rows;
    }
    return rows;
  }

  std::filesystem::path file(const Rows& rows) {
    const auto path = directory_.path() / ("side" + std::to_string(++files_));
    changeset::Writer writer(path);
    const pg::Table* table = catalog_.find("public", table_);
    const std::uint32_t index =
        writer.add(rehearse::common_shape({.name = table->qualified(), .before = table, .after = table}));
    for (const auto& row : rows) {
      std::vector<changeset::Value> before(row.size());
      before[0] = row[0];
      writer.add({.relation = index,
                  .op = changeset::Op::update,
                  .before = changeset::tuple_of(before),
                  .after = changeset::tuple_of(row)});
    }
    writer.close();
    return path;
  }

  TestDatabase database_;
  pg::Catalog catalog_;
  pg::Connection session_;
  Shapes shapes_;
  sys::TemporaryDirectory directory_;
  int files_ = 0;
  std::string table_ = "grants";
  bool counts_days_ = false;
};

TEST_F(ClockPlacesTest, AreTheSameAsFarAwayFromTheirOwnRuns) {
  EXPECT_EQ(
      differences(
          {{"3", "infinity", "1779192001", std::nullopt},
           {"1", "2026-06-18 12:00:00.5+00", "1779192001", R"({"exp": 1779195600, "at": "2026-05-19T12:00:00.5Z"})"},
           {"2", "2026-05-26 12:00:00.5+00", std::nullopt, std::nullopt}},
          {{"3", "infinity", "1779195600", std::nullopt},
           {"1", "2026-06-18 13:00:00.25+00", "1779195600", R"({"exp": 1779199201, "at": "2026-05-19T13:00:00.5Z"})"},
           {"2", "2026-05-26 13:00:00.25+00", std::nullopt, std::nullopt}}),
      0);
}

TEST_F(ClockPlacesTest, AreDatesAsManyDaysFromTodayWhereDaysAreCounted) {
  table_ = "bills";
  const Rows planned = {{"1", "2026-06-18"}, {"2", "2026-06-19"}, {"3", "2020-01-01"}, {"4", "infinity"}};
  const Rows tomorrow = {{"1", "2026-06-19"}, {"2", "2026-06-20"}, {"3", "2020-01-01"}, {"4", "infinity"}};
  EXPECT_EQ(differences(planned, tomorrow, noon + day), 2);
  counts_days_ = true;
  EXPECT_EQ(differences(planned, tomorrow, noon + day), 0);
  EXPECT_EQ(differences(planned, tomorrow), 2) << "it is the same day";
  EXPECT_EQ(differences(planned, tomorrow, noon + 2 * day), 2) << "it is two days later";
  EXPECT_EQ(differences(planned, planned, noon + day), 0) << "they are constants";
  const Rows two = {{"1", "2026-06-18"}, {"2", "2026-06-25"}};
  EXPECT_EQ(differences(two, {{"1", "2026-06-19"}, {"2", "2026-06-25"}}, noon + day), 0) << "one of them is a constant";
  EXPECT_EQ(differences(two, {{"1", "2026-06-19"}, {"2", "2026-06-27"}}, noon + day), 2);
}

TEST_F(ClockPlacesTest, DifferWhereTheyAreAnotherDistanceAway) {
  EXPECT_EQ(differences({{"1", "2026-06-18 12:00:00.5+00", std::nullopt, std::nullopt}},
                        {{"1", "2026-06-19 13:00:00.5+00", std::nullopt, std::nullopt}}),
            1);
  EXPECT_EQ(
      differences({{"1", std::nullopt, "1779192001", std::nullopt}}, {{"1", std::nullopt, "1779199201", std::nullopt}}),
      1);
}

TEST_F(ClockPlacesTest, AreSuchBesideValuesThatAreTheSameOnBothSides) {
  EXPECT_EQ(differences({{"1", "2026-06-18 12:00:00.5+00", std::nullopt, "1"},
                         {"2", "2026-01-01 00:03:01.7+00", std::nullopt, R"({"at": "2026-05-19T12:00:00.5Z"})"}},
                        {{"1", "2026-06-18 13:00:00.5+00", std::nullopt, "1"},
                         {"2", "2026-01-01 00:03:01.7+00", std::nullopt, R"({"at": "2026-05-19T13:00:00.5Z"})"}}),
            0);
}

// 00:35:02.5 is so many times five minutes away from the later run, and from the other one, two seconds less, not.
TEST_F(ClockPlacesTest, AreSuchWhereOneOfTheseLooksLikeAReadingByChance) {
  EXPECT_EQ(differences({{"1", "2026-06-18 12:00:00.5+00", std::nullopt, "1"},
                         {"2", "2026-01-01 00:35:02.5+00", std::nullopt, R"({"at": "2026-05-19T12:00:00.5Z"})"}},
                        {{"1", "2026-06-18 13:00:02.5+00", std::nullopt, "1"},
                         {"2", "2026-01-01 00:35:02.5+00", std::nullopt, R"({"at": "2026-05-19T13:00:02.5Z"})"}},
                        noon + 60 * minute + 2'000'000),
            0);
}

TEST_F(ClockPlacesTest, AreNoneWhereSomeAreNotCountedFromTheClock) {
  EXPECT_EQ(differences({{"1", "2026-06-18 12:00:00.5+00", std::nullopt, std::nullopt},
                         {"2", "2026-01-01 00:00:01.7+00", "1", std::nullopt}},
                        {{"1", "2026-06-18 13:00:00.5+00", std::nullopt, std::nullopt},
                         {"2", "2026-01-01 00:00:01.8+00", "1", std::nullopt}}),
            2);
}

}  // namespace
}  // namespace apply
