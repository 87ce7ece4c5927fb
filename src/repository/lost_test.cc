#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/claim.h"
#include "repository/prune.h"
#include "repository/repository_test.h"
#include "repository/verify.h"
#include "sys/clock.h"

namespace repository {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Bereft : public testing::Test {
 protected:
  std::shared_ptr<store::MemoryStore> store = std::make_shared<store::MemoryStore>();
  base::Instant now = sys::now();
  std::string id = add_point(store, "daily", now - base::Seconds{60});
  contract::Backups contract{.tiers = {{.name = "daily",
                                        .every = base::Seconds{86400},
                                        .keep = base::Seconds{30 * 86400},
                                        .rpo = base::Seconds{86400},
                                        .stores = {"memory"}}}};
  std::shared_ptr<store::MemoryStore> other = std::make_shared<store::MemoryStore>();
  const std::string manifest = store::read_object(*store, object_key(id, manifest_name));

  void SetUp() override { store->remove(object_key(id, manifest_name)); }
  Pruning plan() {
    return plan_pruning(*store, contract, now, {{.name = "offsite", .store = other, .failure = {}}}, {});
  }
  void expect_kept(const std::string& because) {
    const Pruning pruning = plan();
    EXPECT_THAT(pruning.leftovers, IsEmpty());
    ASSERT_EQ(pruning.points.size(), 1U);
    EXPECT_TRUE(pruning.points[0].keep);
    EXPECT_THAT(pruning.points[0].reason, HasSubstr(because));
  }
};

TEST_F(Bereft, WithoutATraceOfAManifestIsALeftover) {
  ASSERT_EQ(plan().leftovers.size(), 1U);
}

TEST_F(Bereft, ThatWasProvenIsAPointThatLostItsManifest) {
  keep_evidence(*store, {.point = id, .proof = Proof::verify, .started = now, .passed = true});
  expect_kept("manifest.json is missing: there is evidence of it");
}

TEST_F(Bereft, ThatAHoldNamesIsAPointThatLostItsManifest) {
  contract.holds[id] = "the court asked";
  expect_kept("a hold names it");
}

TEST_F(Bereft, ThatIsWholeInAnotherStoreIsAPointThatLostItsManifest) {
  const std::string key = object_key(id, manifest_name);
  store::write_object(*other, key, manifest);
  expect_kept("copy it back from store offsite");
  replace(*other, key, "{}");
  expect_kept("store offsite may have it, but");
  replace(*other, key, manifest);
  store->remove(object_key(id, "dump.pgdump.zst"));
  store::write_object(*store, object_key(id, "roles.sql.zst"), "as far as it came here");
  EXPECT_EQ(plan().leftovers.size(), 1U) << "the backup failed in this store";
}

TEST_F(Bereft, ThatIsBeingFinishedHasLostNothing) {
  store::write_object(*other, object_key(id, manifest_name), manifest);
  const auto claim = Claim::take(*store, "daily", id);
  EXPECT_THAT(plan().at_work, ElementsAre(id));
}

TEST_F(Bereft, ThatRetentionWouldLetGoWasLeftByAPruneThatEnded) {
  keep_evidence(*store, {.point = id, .proof = Proof::verify, .started = now, .passed = true});
  contract.tiers[0].keep = contract.tiers[0].every = base::Seconds{1};
  add_point(store, "daily", now);
  EXPECT_EQ(plan().leftovers.size(), 1U);
}

}  // namespace
}  // namespace repository
