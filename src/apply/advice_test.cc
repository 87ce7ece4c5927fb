#include "apply/advice.h"

#include <gtest/gtest.h>

namespace apply {
namespace {

constexpr std::int64_t noon = 1'779'192'000'000'000;  // 2026-05-19 12:00:00 UTC
constexpr std::int64_t hour = 3'600'000'000;

TEST(Advice, TellsOfDatesOnAnotherDayOnly) {
  pg::Catalog catalog;
  catalog.tables[1] = {.schema = "app", .name = "bills", .columns = {{.name = "id"}, {.name = "due", .type = "date"}}};
  catalog.tables[2] = {.schema = "app", .name = "notes", .columns = {{.name = "words", .type = "text"}}};
  const auto says = [&](const char* table, DifferenceKind kind, std::int64_t later) {
    return counted_from_another_day(catalog, noon, noon + later, {{.kind = kind, .table = table}}).has_value();
  };
  EXPECT_TRUE(says("app.bills", DifferenceKind::result, 12 * hour));
  EXPECT_FALSE(says("app.bills", DifferenceKind::result, 11 * hour));
  EXPECT_FALSE(says("app.bills", DifferenceKind::missing, 12 * hour));
  EXPECT_FALSE(says("app.notes", DifferenceKind::result, 12 * hour));
}

}  // namespace
}  // namespace apply
