#include "repository/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>
#include <vector>

#include "repository/claim.h"
#include "repository/repository_test.h"

namespace repository {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Prunes = ARepository;

TEST_F(Prunes, TakeLeftoversAndNeverWhatIsBeingMade) {
  Targets targets = targets_of(store);
  const auto begin = [&](const std::string& id) {
    ObjectWriter object(targets, id, "roles.sql.zst", nullptr);
    object.finish();
  };
  const std::string dead = new_point_id(now, "daily");
  const std::string alive = new_point_id(now, "hourly");
  begin(dead);
  begin(alive);
  const auto claim = Claim::take(*store, "hourly", alive);
  const std::string whole = add_point(store, "daily", now);
  const Pruning pruning = plan_pruning(*store, {}, now, {}, {});
  ASSERT_EQ(pruning.leftovers.size(), 1U);
  EXPECT_EQ(pruning.leftovers[0].id, dead);
  EXPECT_THAT(pruning.at_work, ElementsAre(alive));
  // Its manifest appears between the look and the removal: it was about to finish.
  store::write_object(*store, object_key(dead, manifest_name), "{}");
  prune(*store, pruning, [] {});
  EXPECT_TRUE(store->stat(object_key(dead, "roles.sql.zst")));
  store->remove(object_key(dead, manifest_name));
  prune(*store, pruning, [] {});
  EXPECT_FALSE(store->stat(object_key(dead, "roles.sql.zst")));
  EXPECT_TRUE(store->stat(object_key(alive, "roles.sql.zst")));
  EXPECT_TRUE(read_contents(*store, {}).points.back().complete() ||
              read_contents(*store, {}).points.front().complete());
  EXPECT_THAT(plan_pruning(*store, {}, now, {}, {}).leftovers, IsEmpty());
}

// A bucket in which uploads were begun and not finished.
class WithUploads : public store::MemoryStore {
 public:
  std::vector<store::Unfinished> uploads;
  std::vector<store::Unfinished> unfinished(const std::string&) override { return uploads; }
};

TEST_F(Prunes, TakeUnfinishedUploadsOfTheirOwnAlone) {
  const std::string dead = new_point_id(now, "daily");
  const std::string alive = new_point_id(now, "hourly");
  WithUploads bucket;
  const base::Instant old = now - base::Seconds{86400};
  for (const std::string& key : {object_key(dead, "dump.pgdump.zst"), object_key(alive, "dump.pgdump.zst"),
                                 std::string("claims/daily/1.json"), std::string("photos/of/others.tar")})
    bucket.uploads.push_back({key, "1", old});
  const auto claim = Claim::take(bucket, "hourly", alive);
  std::vector<std::string> keys;
  for (const store::Unfinished& upload : plan_pruning(bucket, {}, now, {}, {}).unfinished) keys.push_back(upload.key);
  EXPECT_THAT(keys, ElementsAre(object_key(dead, "dump.pgdump.zst"), "claims/daily/1.json"));
}

}  // namespace
}  // namespace repository
