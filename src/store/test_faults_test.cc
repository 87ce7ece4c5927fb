#include "store/test_faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_store.h"

namespace store {
namespace {

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error.message();
  }
  return "none";
}

TEST(FaultyStore, fails_in_the_operation_that_was_named_and_in_no_other) {
  const auto inner = std::make_shared<MemoryStore>();
  FaultyStore store(inner, FaultyStore::fail_at(3));
  EXPECT_THAT(message_of([&] { write_object(store, "a", "x"); }), testing::HasSubstr("asked for, at a"));
  EXPECT_EQ(store.operations(), 3);  // create, write, commit
  EXPECT_FALSE(inner->stat("a"));
  write_object(store, "a", "x");
  EXPECT_EQ(read_object(store, "a"), "x");
}

TEST(FaultyStore, is_gone_from_an_operation_on) {
  FaultyStore store(std::make_shared<MemoryStore>(), FaultyStore::gone_from(4));
  write_object(store, "a", "x");
  for (int round = 0; round < 2; ++round) {
    EXPECT_NE(message_of([&] { store.stat("a"); }), "none");
    EXPECT_NE(message_of([&] { store.list("", [](const ObjectInfo&) {}); }), "none");
    EXPECT_NE(message_of([&] { store.remove("a"); }), "none");
  }
}

TEST(FaultyStore, commits_and_says_that_it_did_not) {
  const auto inner = std::make_shared<MemoryStore>();
  FaultyStore store(inner, [](int, Operation, const std::string&) {});
  store.lose_answers(true);
  EXPECT_NE(message_of([&] { write_object(store, "a", "x"); }), "none");
  EXPECT_TRUE(inner->stat("a"));
}

}  // namespace
}  // namespace store
