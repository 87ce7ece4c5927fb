#include "rehearse/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rehearse {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

pg::Table table(std::uint32_t oid, const std::string& name, std::vector<pg::Column> columns, std::vector<int> key) {
  return {.oid = oid,
          .schema = "public",
          .name = name,
          .root = oid,
          .columns = std::move(columns),
          .primary_key = std::move(key)};
}

std::vector<std::string> names(const changeset::Relation& shape) {
  std::vector<std::string> result;
  for (const auto& column : shape.columns) result.push_back(column.name);
  return result;
}

TEST(CommonShape, MatchesColumnsOfTheSameTableByNumberWhateverTheirNames) {
  const auto before = table(1, "t", {{.number = 1, .name = "id"}, {.number = 2, .name = "old"}}, {1});
  const auto after =
      table(1, "t", {{.number = 1, .name = "id"}, {.number = 2, .name = "new"}, {.number = 3, .name = "more"}}, {1});
  const auto shape = common_shape({"public.t", &before, &after});
  EXPECT_THAT(names(shape), ElementsAre("id", "old", "more"));
  EXPECT_THAT(shape.key, ElementsAre(0));
}

TEST(CommonShape, MatchesColumnsOfTwoTablesUnderOneNameByName) {
  const auto before = table(1, "t", {{.number = 1, .name = "id"}, {.number = 2, .name = "a"}}, {1});
  const auto after = table(2, "t", {{.number = 1, .name = "a"}, {.number = 2, .name = "id"}}, {});
  const auto shape = common_shape({"public.t", &before, &after});
  EXPECT_THAT(names(shape), ElementsAre("id", "a"));
  EXPECT_THAT(shape.key, ElementsAre(0));
}

TEST(CommonShape, TakesTheKeyOfTheLaterTableWhereTheEarlierHasNone) {
  const auto before = table(1, "t", {{.number = 1, .name = "a"}, {.number = 2, .name = "b"}}, {});
  const auto after = table(1, "t", {{.number = 1, .name = "a"}, {.number = 2, .name = "b"}}, {2});
  EXPECT_THAT(common_shape({"public.t", &before, &after}).key, ElementsAre(1));
  EXPECT_THAT(common_shape({"public.t", &before, nullptr}).key, IsEmpty());
}

TEST(CommonShape, LeavesGeneratedColumnsOutUnlessTheyIdentifyTheRow) {
  const std::vector<pg::Column> columns = {{.number = 1, .name = "a"},
                                           {.number = 2, .name = "twice", .generated = true}};
  const auto plain = table(1, "t", columns, {1});
  const auto keyed = table(1, "t", columns, {2});
  EXPECT_THAT(names(common_shape({"public.t", &plain, &plain})), ElementsAre("a"));
  EXPECT_THAT(names(common_shape({"public.t", &keyed, &keyed})), ElementsAre("a", "twice"));
}

}  // namespace
}  // namespace rehearse
