// What every store has to do, whatever it is made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/hash.h"
#include "store/test_place.h"
#include "store/test_radosgw.h"
#include "sys/clock.h"

namespace store {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreContract : public testing::TestWithParam<PlaceKind> {
 protected:
  std::unique_ptr<TestPlace> place_ = GetParam().make();
  std::shared_ptr<ObjectStore> store_ = place_->open();

  void put(const std::string& key, std::string_view bytes = "x") { write_object(*store_, key, bytes); }

  std::vector<std::string> keys(const std::string& prefix = {}) {
    std::vector<std::string> found;
    place_->open()->list(prefix, [&](const ObjectInfo& info) { found.push_back(info.key); });
    return found;
  }

  std::string read_from(const std::string& key, std::uint64_t offset) {
    const auto reader = store_->open(key, offset);
    std::string text(100, '\0');
    text.resize(reader->read(text.data(), text.size()));
    return text;
  }
};

base::Code code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return base::Code::internal;
}

TEST_P(StoreContract, reads_back_what_was_committed_from_any_offset) {
  put("points/1/manifest.json", "0123456789");
  EXPECT_EQ(read_object(*place_->open(), "points/1/manifest.json"), "0123456789");
  EXPECT_EQ(read_from("points/1/manifest.json", 4), "456789");
  EXPECT_EQ(read_from("points/1/manifest.json", 9), "9");
  EXPECT_EQ(read_from("points/1/manifest.json", 10), "");
  EXPECT_EQ(read_from("points/1/manifest.json", 1000), "");
}

TEST_P(StoreContract, keeps_empty_objects) {
  put("empty", "");
  EXPECT_EQ(read_object(*store_, "empty"), "");
  EXPECT_EQ(store_->stat("empty")->size, 0U);
  EXPECT_THAT(keys(), ElementsAre("empty"));
}

TEST_P(StoreContract, keeps_large_objects_that_are_written_and_read_in_uneven_pieces) {
  const std::string bytes = varied((std::size_t{20} << 20) + 12'345);
  const auto writer = store_->create("large");
  std::size_t piece = 1;
  for (std::string_view rest = bytes; !rest.empty(); piece = piece * 3 + 7) {
    const std::string_view now = rest.substr(0, piece);
    writer->write(now);
    rest.remove_prefix(now.size());
  }
  writer->commit();
  EXPECT_EQ(store_->stat("large")->size, bytes.size());
  EXPECT_TRUE(read_object(*place_->open(), "large") == bytes);
  const auto reader = store_->open("large", 17'000'001);
  std::string tail(bytes.size(), '\0');
  tail.resize(reader->read(tail.data(), tail.size()));
  EXPECT_TRUE(tail == bytes.substr(17'000'001));
}

TEST_P(StoreContract, tells_size_and_time_of_an_object) {
  const auto before = sys::now();
  put("a/b", "12345");
  const auto info = store_->stat("a/b");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->key, "a/b");
  EXPECT_EQ(info->size, 5U);
  EXPECT_LE(before - std::chrono::seconds(2), info->modified);
  EXPECT_LE(info->modified, sys::now() + std::chrono::seconds(2));
  store_->list("", [&](const ObjectInfo& listed) {
    EXPECT_EQ(listed.size, 5U);
    EXPECT_LE(std::chrono::abs(listed.modified - info->modified), std::chrono::seconds(1));
  });
}

TEST_P(StoreContract, shows_nothing_before_the_commit_nor_without_it) {
  {
    const auto writer = store_->create("points/1/dump");
    writer->write(varied(std::size_t{9} << 20));
    EXPECT_THAT(keys(), IsEmpty());
    EXPECT_FALSE(place_->open()->stat("points/1/dump"));
    EXPECT_EQ(code_of([&] { place_->open()->open("points/1/dump"); }), base::Code::storage);
  }
  EXPECT_THAT(keys(), IsEmpty());
  EXPECT_THAT(store_->unfinished(""), IsEmpty());
  put("points/1/dump", "another");
  EXPECT_EQ(read_object(*store_, "points/1/dump"), "another");
}

TEST_P(StoreContract, refuses_a_key_that_exists_and_leaves_its_object_alone) {
  put("a", "first");
  for (const std::size_t size : {std::size_t{6}, std::size_t{9} << 20}) {
    const auto another = place_->open();
    const auto writer = another->create("a");
    writer->write(varied(size));
    EXPECT_EQ(code_of([&] { writer->commit(); }), base::Code::refused);
  }
  EXPECT_EQ(read_object(*store_, "a"), "first");
  EXPECT_THAT(keys(), ElementsAre("a"));
}

TEST_P(StoreContract, refuses_a_key_that_came_into_being_while_its_object_was_written) {
  const auto writer = store_->create("a");
  writer->write(varied(std::size_t{9} << 20));
  put("a", "faster");
  EXPECT_EQ(code_of([&] { writer->commit(); }), base::Code::refused);
  EXPECT_EQ(read_object(*store_, "a"), "faster");
}

TEST_P(StoreContract, lets_one_commit_of_several_that_create_a_key_at_once) {
  for (const std::string key : {"lock/1", "lock/2", "lock/3"}) {
    std::atomic<int> committed{0};
    std::atomic<int> refused{0};
    std::string winner;
    std::vector<std::thread> rivals;
    for (int rival = 0; rival < 8; ++rival) {
      rivals.emplace_back([&, rival] {
        const std::string name = "rival " + std::to_string(rival);
        try {
          write_object(*place_->open(), key, name);
          if (++committed == 1) winner = name;
        } catch (const base::Error& error) {
          if (error.code() == base::Code::refused) ++refused;
        }
      });
    }
    for (std::thread& rival : rivals) rival.join();
    EXPECT_EQ(committed, 1);
    EXPECT_EQ(refused, 7);
    EXPECT_EQ(read_object(*store_, key), winner);
  }
}

TEST_P(StoreContract, lists_whole_keys_in_byte_order_below_any_prefix) {
  std::vector<std::string> all = {"a b",     "a!/x",     "a+b",   "a-/y",        "a.txt", "a/b",
                                  "a/b.c/d", "a0",       "a%2Fb", "b/=&?#;:@,$", "b/'\"", "b/<>[]{}|^",
                                  "b/\\`~",  "ä/ö/日本", "z/🐘",  "a/b.c0"};
  for (const std::string& key : all) put(key);
  std::sort(all.begin(), all.end());
  EXPECT_THAT(keys(), ElementsAreArray(all));
  EXPECT_THAT(keys("a/"), ElementsAre("a/b", "a/b.c/d", "a/b.c0"));
  EXPECT_THAT(keys("a/b."), ElementsAre("a/b.c/d", "a/b.c0"));
  EXPECT_THAT(keys("a/b.c/"), ElementsAre("a/b.c/d"));
  EXPECT_THAT(keys("ä"), ElementsAre("ä/ö/日本"));
  EXPECT_THAT(keys("a%"), ElementsAre("a%2Fb"));
  EXPECT_THAT(keys("none/"), IsEmpty());
  for (const std::string& key : all) EXPECT_EQ(store_->stat(key)->key, key);
}

TEST_P(StoreContract, reads_and_removes_objects_whatever_characters_their_keys_have) {
  const std::vector<std::string> odd = {"a b",     "a+b",          "a%20b",   "a=b&c=d", "it's", "\"quoted\"",
                                        "a?b#c",   "a;b:c@d",      "a*(b)!c", "~a_",     "日本", "🐘",
                                        "a\tb\nc", "a\\b`c|d^e{}", "a,b$c",   "<a>"};
  for (const std::string& key : odd) put("d/" + key, key);
  for (const std::string& key : odd) EXPECT_EQ(read_object(*store_, "d/" + key), key);
  for (const std::string& key : odd) store_->remove("d/" + key);
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_P(StoreContract, takes_the_longest_keys_and_no_others) {
  std::string longest;
  while (longest.size() < 900) longest += std::string(std::min<std::size_t>(199, 899 - longest.size()), 'k') + "/";
  longest.back() = 'k';
  ASSERT_EQ(longest.size(), 900U);
  put(longest, "deep");
  EXPECT_EQ(read_object(*store_, longest), "deep");
  EXPECT_THAT(keys(), ElementsAre(longest));
  for (const std::string& wrong :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("../a"),
        std::string("a/../b"), std::string("./a"), longest + "k", std::string(201, 'k'), std::string("a\0b", 3),
        std::string("a\xff"), std::string("a/.pgrehearse-x")}) {
    EXPECT_EQ(code_of([&] { store_->create(wrong); }), base::Code::internal) << wrong;
    EXPECT_EQ(code_of([&] { store_->open(wrong); }), base::Code::internal) << wrong;
    EXPECT_EQ(code_of([&] { store_->stat(wrong); }), base::Code::internal) << wrong;
    EXPECT_EQ(code_of([&] { store_->remove(wrong); }), base::Code::internal) << wrong;
  }
}

TEST_P(StoreContract, has_nothing_where_nothing_was_written) {
  EXPECT_THAT(keys(), IsEmpty());
  EXPECT_THAT(store_->unfinished(""), IsEmpty());
  EXPECT_FALSE(store_->stat("a/b"));
  store_->remove("a/b");
  EXPECT_EQ(code_of([&] { store_->open("a/b"); }), base::Code::storage);
}

TEST_P(StoreContract, forgets_what_was_removed) {
  put("a/1");
  put("a/2");
  store_->remove("a/1");
  store_->remove("a/1");
  EXPECT_THAT(keys(), ElementsAre("a/2"));
  EXPECT_FALSE(store_->stat("a/1"));
  put("a/1", "again");
  EXPECT_EQ(read_object(*store_, "a/1"), "again");
}

TEST_P(StoreContract, is_used_by_several_threads_at_once) {
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      const std::string bytes = varied(static_cast<std::size_t>(number) * 100'000 + 1);
      for (int round = 0; round < 5; ++round) {
        const std::string key = "t" + std::to_string(number) + "/" + std::to_string(round);
        write_object(*store_, key, bytes);
        EXPECT_TRUE(read_object(*store_, key) == bytes);
        if (round % 2 == 0) store_->remove(key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(keys().size(), 8U);
}

TEST_P(StoreContract, refuses_to_read_more_than_was_expected) {
  put("a", "0123456789");
  EXPECT_EQ(read_object(*store_, "a", 10), "0123456789");
  EXPECT_EQ(code_of([&] { read_object(*store_, "a", 9); }), base::Code::storage);
}

TEST_P(StoreContract, names_itself_and_the_key_in_errors) {
  try {
    store_->open("points/7/dump");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("points/7/dump"));
    EXPECT_THAT(error.message(), HasSubstr(store_->description()));
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(place_kind<MemoryPlace>("memory"), place_kind<DirectoryPlace>("directory"),
                                         place_kind<S3Place>("s3"), place_kind<HostStylePlace>("s3_host_style")),
                         [](const testing::TestParamInfo<PlaceKind>& kind) { return kind.param.name; });

}  // namespace
}  // namespace store
