#include "repository/repository_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "base/error.h"
#include "repository/contents.h"
#include "repository/lines.h"
#include "repository/object_reader.h"
#include "repository/verify.h"
#include "sys/clock.h"

namespace repository {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string random_text(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() % 251);
  return text;
}

std::string content_of(store::ObjectStore& store, const std::string& id, const StoredObject& object,
                       const KeyRing* keys) {
  std::string content;
  read_content(store, id, object, keys, [&](std::string_view part) { content += part; });
  return content;
}

TEST(PointIds, SortByTimeAndSayTheirTier) {
  const std::string id = new_point_id(at("2026-05-11T03:00:07.120Z"), "hourly-eu_1");
  EXPECT_TRUE(id.starts_with("20260511T030007Z-hourly-eu_1-")) << id;
  const auto parsed = parse_point_id(id);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tier, "hourly-eu_1");
  EXPECT_EQ(parsed->taken, at("2026-05-11T03:00:07Z"));
  for (const char* no :
       {"", "20260511T030007Z", "20260511T030007Z-a", "20261311T030007Z-daily-a1b2c3d4",
        "20260511T030007Z-DAILY-a1b2c3d4", "20260511T030007Z-daily-a1b2c3dg", "20260511T030007Z--a1b2c3d4"}) {
    EXPECT_FALSE(parse_point_id(no)) << no;
  }
}

class Objects : public testing::TestWithParam<std::size_t> {
 protected:
  std::shared_ptr<store::MemoryStore> store = std::make_shared<store::MemoryStore>();
  std::string id = new_point_id(at("2026-05-11T03:00:07Z"), "daily");
};

TEST_P(Objects, ComeBackAsTheyWere) {
  const KeyRing ring = KeyRing::parse(std::string(64, 'a'), "test");
  const std::string content = random_text(GetParam());
  for (const KeyRing* keys : {static_cast<const KeyRing*>(nullptr), &ring}) {
    Targets targets = targets_of(store);
    ObjectWriter writer(targets, id, keys ? "sealed" : "plain", keys);
    for (std::size_t at = 0; at < content.size(); at += 70'001)
      writer.write(std::string_view(content).substr(at, 70'001));
    const StoredObject object = writer.finish();
    EXPECT_EQ(object.content_bytes, content.size());
    EXPECT_EQ(store->stat(object_key(id, object.name))->size, object.bytes);
    EXPECT_EQ(content_of(*store, id, object, keys), content);
    EXPECT_EQ(check_object(*store, id, object), std::nullopt);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Objects, testing::Values(0, 1, 65'536, 131'072, 3'000'000));

TEST_F(Objects, ThatAreDamagedAreFound) {
  Targets targets = targets_of(store);
  ObjectWriter writer(targets, id, "dump", nullptr);
  writer.write(random_text(10'000));
  const StoredObject object = writer.finish();
  const std::string key = object_key(id, "dump");
  const std::string whole = store::read_object(*store, key);
  for (std::size_t place = 0; place < whole.size(); place += 97) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    replace(*store, key, flipped);
    EXPECT_NE(check_object(*store, id, object), std::nullopt) << place;
    EXPECT_THROW(content_of(*store, id, object, nullptr), base::Error) << place;
    replace(*store, key, whole.substr(0, place));
    EXPECT_THROW(content_of(*store, id, object, nullptr), base::Error) << place;
  }
  store->remove(key);
  EXPECT_EQ(check_object(*store, id, object), "it is gone");
}

TEST_F(Objects, NeedTheKeyThatSealedThem) {
  const KeyRing ring = KeyRing::parse(std::string(64, 'a'), "test");
  const KeyRing other = KeyRing::parse(std::string(64, 'b'), "test");
  const KeyRing rotated = KeyRing::parse(std::string(64, 'b') + "\n" + std::string(64, 'a'), "test");
  Targets targets = targets_of(store);
  ObjectWriter writer(targets, id, "dump", &ring);
  writer.write("rows");
  const StoredObject object = writer.finish();
  EXPECT_EQ(content_of(*store, id, object, &rotated), "rows");
  EXPECT_THAT(message_of([&] { content_of(*store, id, object, &other); }), HasSubstr(object.key_id));
  EXPECT_THAT(message_of([&] { content_of(*store, id, object, nullptr); }), HasSubstr("no key is known"));
}

class Repositories : public ARepository {
 protected:
  void keep(const Evidence& evidence, Place place) {
    store::write_object(*store, evidence_key(evidence, place), to_json(evidence));
  }
};

TEST_F(Repositories, ShowAPointOnceItsManifestIsThere) {
  Targets targets = targets_of(store);
  const std::string unfinished = new_point_id(now, "daily");
  {
    ObjectWriter object(targets, unfinished, "dump.pgdump.zst", nullptr);
    object.write("half of it");
    object.finish();
  }
  const std::string id = add_point(store, "daily", now);
  const Contents contents = read_contents(*store, {});
  ASSERT_EQ(contents.points.size(), 2U);
  EXPECT_TRUE(find_point(contents, id).trusted());
  EXPECT_THROW(find_point(contents, unfinished), base::Error);
}

TEST_F(Repositories, BelieveNoManifestThatWasAltered) {
  const std::string id = add_point(store, "daily", now);
  const std::string key = object_key(id, manifest_name);
  const std::string text = store::read_object(*store, key);
  for (std::size_t place = 0; place < text.size(); place += 3) {
    std::string altered = text;
    altered[place] = altered[place] == '1' ? '2' : '1';
    if (altered == text) continue;
    try {
      parse_manifest(altered, id);
      ADD_FAILURE() << place;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::storage);
    }
  }
  EXPECT_THAT(message_of([&] { parse_manifest(text, new_point_id(now, "daily")); }), HasSubstr("is the manifest of"));
}

TEST_F(Repositories, KeepTheLatestProof) {
  const std::string id = add_point(store, "daily", now);
  const auto proven = [&](bool passed, base::Instant when) {
    keep_evidence(*store, {.point = id, .proof = Proof::verify, .started = when, .passed = passed});
  };
  proven(false, now - base::Seconds{60});
  EXPECT_FALSE(find_point(read_contents(*store, {}), id).trusted());
  proven(true, now);
  EXPECT_TRUE(find_point(read_contents(*store, {}), id).trusted());
  proven(false, now);
  EXPECT_FALSE(find_point(read_contents(*store, {}), id).trusted()) << "of two in one second the failure is believed";
}

Evidence drilled(const std::string& id, base::Instant when, const std::string& failed) {
  return {.point = id,
          .proof = Proof::drill,
          .started = when,
          .passed = failed.empty(),
          .checks = {{.name = failed.empty() ? "objects" : failed, .passed = failed.empty(), .message = ""}}};
}

TEST_F(Repositories, ClearADamagedCopyByItsOwnProofAlone) {
  const std::string id = add_point(store, "daily", now);
  keep(drilled(id, now - base::Seconds{60}, "objects"), Place::here);
  EXPECT_TRUE(find_point(read_contents(*store, {}), id).damaged());
  keep(drilled(id, now - base::Seconds{50}, ""), Place::elsewhere);
  const Contents after = read_contents(*store, {});
  EXPECT_TRUE(find_point(after, id).damaged()) << "another copy is whole, which says nothing of this one";
  EXPECT_FALSE(find_point(after, id).drilled->passed());
  keep(drilled(id, now - base::Seconds{40}, ""), Place::here);
  EXPECT_TRUE(find_point(read_contents(*store, {}), id).trusted());
}

TEST(Evidences, CallAPointBadForWhatItIsGuiltyOfAlone) {
  const base::Instant when = at("2026-05-11T12:00:00Z");
  const auto outcome = [&](const std::string& failed) { return drilled("", when, failed).outcome(); };
  EXPECT_EQ(outcome(""), Outcome::passed);
  for (const char* check : {"rto", "audit", "amcheck", "made", "check 1", "check 12"})
    EXPECT_EQ(outcome(check), Outcome::unkept) << check;
  for (const char* check : {"archive", "restore", "server", "rows", "indexes", "foreign-keys", "keys", "loaded"})
    EXPECT_EQ(outcome(check), Outcome::failed) << check;
  for (const char* check : {"objects", "manifest"}) EXPECT_EQ(outcome(check), Outcome::damaged) << check;
  Evidence both = drilled("", when, "check 1");
  both.checks.push_back({.name = "rows", .passed = false, .message = ""});
  EXPECT_EQ(both.outcome(), Outcome::failed) << "the worst counts";
}

TEST_F(Repositories, BelieveOfWhatIsInAPointWhicheverCopyWasRead) {
  const std::string id = add_point(store, "daily", now);
  keep(drilled(id, now - base::Seconds{60}, "rows"), Place::elsewhere);
  EXPECT_TRUE(find_point(read_contents(*store, {}), id).failed());
  keep(drilled(id, now - base::Seconds{50}, "objects"), Place::here);
  keep(drilled(id, now - base::Seconds{40}, ""), Place::elsewhere);
  const Contents after = read_contents(*store, {});
  EXPECT_FALSE(find_point(after, id).failed());
  EXPECT_TRUE(find_point(after, id).damaged());
}

TEST_F(Repositories, BelieveNoProofForItsWrongClock) {
  constexpr base::Seconds year{365 * 86400};
  const std::string id = add_point(store, "daily", now);
  const auto proven = [&](bool passed, base::Instant when) {
    keep_evidence(*store, {.point = id, .proof = Proof::drill, .started = when, .passed = passed});
  };
  proven(true, now + year);
  EXPECT_LE(read_contents(*store, {}).evidence[0].started, sys::now()) << "a drill of the future is one of today";
  proven(false, now + base::Seconds{1});
  EXPECT_FALSE(find_point(read_contents(*store, {}), id).trusted()) << "what failed after it is later";
  const std::string other = add_point(store, "daily", now);
  keep_evidence(*store, {.point = other, .proof = Proof::drill, .started = now - base::Seconds{5}, .passed = true});
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the store's clock goes on
  keep_evidence(*store, {.point = other, .proof = Proof::drill, .started = now - year, .passed = false});
  EXPECT_FALSE(find_point(read_contents(*store, {}), other).trusted())
      << "which is later nobody knows: the worse counts";
}

TEST_F(Repositories, TakeAnotherDatabaseOnlyWhereItIsSaidToBeTheSame) {
  const Source shop_there = source_of({.database = shop()});
  Manifest renamed{.source = "app@db:5432/store", .database = shop()};
  renamed.database->database = "store";
  Targets targets = targets_of(store);
  const auto before = [&](bool said) { return find_predecessor(targets, {"daily"}, renamed, said, {}); };
  EXPECT_EQ(before(false), std::nullopt) << "it is the first";
  add_point(store, "hourly", now);
  EXPECT_EQ(before(false), std::nullopt) << "that tier is another contract's";
  add_point(store, "daily", now);
  EXPECT_THAT(message_of([&] { before(false); }),
              AllOf(HasSubstr("shop at app@db:5432/shop, of cluster 7"), HasSubstr("this is store at")));
  EXPECT_EQ(before(true), shop_there);
  renamed.database->continues = before(true);
  add_point(store, "daily", now + base::Seconds{1}, nullptr, *renamed.database);
  EXPECT_EQ(before(false), shop_there) << "said once, it is said by every later manifest";
  const Manifest back{.source = "app@db:5432/shop", .database = shop()};
  EXPECT_EQ(find_predecessor(targets, {"daily"}, back, false, {}), source_of(renamed)) << "it has been one of the line";
}

TEST_F(Repositories, AreVerifiedObjectByObject) {
  const std::string id = add_point(store, "daily", now);
  const Target target{.name = "memory", .store = store, .failure = {}};
  EXPECT_TRUE(verify_point(target, read_contents(*store, {}).points.front(), "test").passed);
  replace(*store, object_key(id, "dump.pgdump.zst"), "something else");
  const Evidence evidence = verify_point(target, read_contents(*store, {}).points.front(), "test");
  EXPECT_FALSE(evidence.passed);
  const Evidence back = parse_evidence(to_json(evidence));
  ASSERT_EQ(back.checks.size(), 2U);
  EXPECT_EQ(back.store, "memory");
  EXPECT_FALSE(back.checks[1].passed);
  EXPECT_EQ(back.manifest_sha256, manifest_hash(*store, id));
}

// A store that stops answering in the middle.
class Failing : public store::MemoryStore {
 public:
  std::unique_ptr<store::Writer> create(const std::string&) override {
    throw base::Error(base::Code::storage, "it is full");
  }
};

TEST_F(Repositories, GoOnInTheStoresThatAreLeft) {
  Targets targets({{.name = "bad", .store = std::make_shared<Failing>()}, {.name = "good", .store = store}});
  ObjectWriter object(targets, new_point_id(now, "daily"), "dump", nullptr);
  object.write("rows");
  object.finish();
  EXPECT_EQ(targets.all()[0].failure->message(), "it is full");
  EXPECT_FALSE(targets.all()[1].failure);
  Targets none({{.name = "bad", .store = std::make_shared<Failing>()}});
  EXPECT_THAT(message_of([&] { ObjectWriter(none, new_point_id(now, "daily"), "dump", nullptr); }), HasSubstr("full"));
}

}  // namespace
}  // namespace repository
