// Whose manifests count: whoever may write to a store, and has no key, passes nothing off as ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "repository/contents.h"
#include "repository/lines.h"
#include "repository/prune.h"
#include "repository/repository_test.h"
#include "repository/retention.h"

namespace repository {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Trusted : public ARepository {
 protected:
  const KeyRing ours = KeyRing::parse(std::string(64, 'a'), "test");
  const KeyRing rotated = KeyRing::parse(std::string(64, 'b') + "\n" + std::string(64, 'a'), "test");
  const KeyRing others = KeyRing::parse(std::string(64, 'b'), "test");
  const contract::Tier daily{.name = "daily",
                             .every = base::Seconds{60},
                             .keep = base::Seconds{60},
                             .rpo = base::Seconds{60},
                             .stores = {"memory"}};

  std::string add(std::int64_t seconds_ago, const KeyRing* keys, const DatabaseFacts& facts = shop()) {
    return add_point(store, "daily", now - base::Seconds{seconds_ago}, keys, facts);
  }
  Point read(const std::string& id, const Trust& trust) { return find_point(read_contents(*store, trust), id); }
};

TEST_F(Trusted, IsWhatAKeyOfTheRingSealed) {
  const std::string sealed = add(0, &ours);
  for (const KeyRing* ring : {&ours, &rotated}) EXPECT_TRUE(read(sealed, {.keys = ring}).trusted());
  EXPECT_TRUE(read(sealed, {}).trusted()) << "without keys nobody can ask";
  const Point unknown = read(sealed, {.keys = &others, .unsealed = true});
  EXPECT_FALSE(unknown.trusted());
  EXPECT_THAT(unknown.problem, HasSubstr("sealed with key " + ours.writing().id() + ", which is not in test"));
}

TEST_F(Trusted, IsNothingWithoutASealUnlessAPersonSaysSo) {
  const std::string plain = add(0, nullptr);
  const Point point = read(plain, {.keys = &ours});
  EXPECT_FALSE(point.trusted());
  EXPECT_TRUE(point.manifest) << "it can be named all the same";
  EXPECT_THAT(point.problem, HasSubstr("bears no seal"));
  EXPECT_TRUE(read(plain, {.keys = &ours, .unsealed = true}).trusted());
}

TEST_F(Trusted, IsNoSealThatWasMadeForAnotherManifest) {
  const std::string sealed = add(0, &ours);
  const std::string key = object_key(sealed, manifest_name);
  auto text = nlohmann::json::parse(store::read_object(*store, key));
  text["mac"]["tag"] = make_mac(ours.writing(), std::string(64, '0')).tag;
  replace(*store, key, text.dump());
  for (const bool unsealed : {false, true}) {
    const Point forged = read(sealed, {.keys = &ours, .unsealed = unsealed});
    EXPECT_FALSE(forged.manifest);
    EXPECT_THAT(forged.problem, HasSubstr("it was not written with key " + ours.writing().id()));
  }
}

TEST_F(Trusted, IsWhatMakesAnOlderPointSuperfluous) {
  const contract::Backups contract{.tiers = {daily}};
  const std::string first = add(600, &ours);
  add(300, nullptr);
  const auto goes = [&](const Trust& trust) {
    std::vector<std::string> ids;
    for (const Decision& decision : plan_pruning(*store, contract, now, {}, trust).points) {
      if (!decision.keep) ids.push_back(decision.id);
    }
    return ids;
  };
  EXPECT_THAT(goes({.keys = &ours}), ElementsAre()) << "the newer one may be a forger's";
  EXPECT_THAT(goes({}), ElementsAre(first));
  const std::string second = add(100, &ours);
  EXPECT_EQ(goes({.keys = &ours}).size(), 2U) << "of those that are older than a sealed one both may go";
  EXPECT_EQ(newest_good(read_contents(*store, {.keys = &ours}), "daily", now)->id, second);
}

TEST_F(Trusted, IsWhatATierIsDueBy) {
  add(0, nullptr);
  EXPECT_TRUE(is_due(read_contents(*store, {.keys = &ours}), daily, now));
  add(0, &ours);
  EXPECT_FALSE(is_due(read_contents(*store, {.keys = &ours}), daily, now));
}

TEST_F(Trusted, IsWhoSaysWhatADatabaseContinues) {
  DatabaseFacts other = shop();
  other.database = "other";
  other.continues = source_of({.database = shop()});
  const Manifest ours_now{.source = "app@db:5432/other", .database = other};
  add(300, &ours);
  add(200, nullptr, other);
  const auto same_line = [&](const Trust& trust) {
    const Lines lines(read_contents(*store, trust));
    return lines.of(*other.continues) == lines.of(ours_now);
  };
  EXPECT_TRUE(same_line({}));
  EXPECT_FALSE(same_line({.keys = &ours}));
  Targets targets = targets_of(store);
  EXPECT_EQ(find_predecessor(targets, {"daily"}, ours_now, false, {}), other.continues);
  EXPECT_THAT(message_of([&] { find_predecessor(targets, {"daily"}, ours_now, false, {.keys = &ours}); }),
              HasSubstr("of another database"))
      << "a forger does not say that it is the same";
}

}  // namespace
}  // namespace repository
