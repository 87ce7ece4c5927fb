#include "rehearse/catalog_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rehearse {
namespace {

std::vector<std::string> told(const std::map<std::string, std::string>& before,
                              const std::map<std::string, std::string>& after) {
  pg::Catalog earlier, later;
  earlier.definitions = before;
  later.definitions = after;
  const char* const verbs[] = {"added ", "dropped ", "changed "};
  std::vector<std::string> result;
  for (const CatalogChange& change : catalog_changes(earlier, later)) {
    result.push_back(verbs[static_cast<int>(change.kind)] + change.object);
  }
  return result;
}

TEST(CatalogChanges, SayWhatWasAddedDroppedAndChanged) {
  EXPECT_THAT(told({{"view public.a", "1"}, {"view public.b", "1"}, {"view public.c", "1"}},
                   {{"view public.b", "2"}, {"view public.c", "1"}, {"view public.d", "1"}}),
              testing::ElementsAre("dropped view public.a", "changed view public.b", "added view public.d"));
}

TEST(CatalogChanges, NameATableThatWentWithoutItsParts) {
  EXPECT_THAT(told({{"table public.t", ""}, {"column public.t.id", ""}, {"constraint public.t.t_pkey", ""}}, {}),
              testing::ElementsAre("dropped table public.t"));
}

TEST(CatalogChanges, NameThePartsOfATableThatStays) {
  EXPECT_THAT(
      told({{"table public.t", ""}, {"column public.t.id", ""}, {"column public.t2.id", ""}}, {{"table public.t", ""}}),
      testing::ElementsAre("dropped column public.t.id", "dropped column public.t2.id"));
}

}  // namespace
}  // namespace rehearse
