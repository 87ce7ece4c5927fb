#include "repository/recognised_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/memory_store.h"
#include "sys/file.h"

namespace repository {
namespace {

using testing::HasSubstr;

// What several processes see of one store: opened anew each time.
class Shared : public store::ObjectStore {
 public:
  explicit Shared(std::shared_ptr<store::MemoryStore> inner) : inner_(std::move(inner)) {}
  std::string description() const override { return inner_->description(); }
  std::unique_ptr<store::Writer> create(const std::string& key) override { return inner_->create(key); }
  std::unique_ptr<store::Reader> open(const std::string& key, std::uint64_t at) override {
    return inner_->open(key, at);
  }
  std::optional<store::ObjectInfo> stat(const std::string& key) override { return inner_->stat(key); }
  void list(const std::string& prefix, const std::function<void(const store::ObjectInfo&)>& each) override {
    inner_->list(prefix, each);
  }
  void remove(const std::string& key) override { inner_->remove(key); }
  std::vector<store::Unfinished> unfinished(const std::string& prefix) override { return inner_->unfinished(prefix); }
  void discard(const store::Unfinished& attempt) override { inner_->discard(attempt); }

 private:
  std::shared_ptr<store::MemoryStore> inner_;
};

class RecognisedStoreTest : public testing::Test {
 protected:
  using Inner = std::shared_ptr<store::MemoryStore>;

  std::unique_ptr<store::ObjectStore> opened(const Inner& inner, const std::string& memory = "m") const {
    return recognise(std::make_unique<Shared>(inner), directory_.path() / memory);
  }
  static std::size_t objects(store::ObjectStore& store) {
    std::size_t count = 0;
    store.list("", [&](const store::ObjectInfo&) { ++count; });
    return count;
  }
  static std::string refusal(const std::function<void()>& body) {
    try {
      body();
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::storage);
      return error.message();
    }
    return "none";
  }

  sys::TemporaryDirectory directory_;
  Inner inner_ = std::make_shared<store::MemoryStore>();
};

TEST_F(RecognisedStoreTest, AnEmptyStoreIsReadAsEmptyAndLeftEmpty) {
  EXPECT_EQ(objects(*opened(inner_)), 0U);
  EXPECT_EQ(objects(*inner_), 0U);
}

TEST_F(RecognisedStoreTest, TheFirstObjectBringsTheMarkAndTheNextProcessKnowsIt) {
  store::write_object(*opened(inner_), "a", "1");
  EXPECT_TRUE(inner_->stat(std::string(identity_key)));
  EXPECT_EQ(store::read_object(*opened(inner_), "a"), "1");
}

TEST_F(RecognisedStoreTest, WhatWasThereAndIsGoneIsNoEmptyStore) {
  store::write_object(*opened(inner_), "a", "1");
  const auto unmounted = std::make_shared<store::MemoryStore>();
  EXPECT_THAT(refusal([&] { objects(*opened(unmounted)); }), HasSubstr("there is no repository in memory"));
  EXPECT_THAT(refusal([&] { store::write_object(*opened(unmounted), "b", "2"); }), HasSubstr("and there was one on"));
  EXPECT_EQ(objects(*unmounted), 0U);
}

TEST_F(RecognisedStoreTest, AnotherRepositoryInItsPlaceIsRefused) {
  store::write_object(*opened(inner_), "a", "1");
  const auto other = std::make_shared<store::MemoryStore>();
  store::write_object(*opened(other, "elsewhere"), "a", "1");
  EXPECT_THAT(refusal([&] { objects(*opened(other)); }), HasSubstr("holds another repository"));
}

TEST_F(RecognisedStoreTest, ReadingAStoreOfOthersIsEnoughToKnowItAgain) {
  store::write_object(*opened(inner_, "elsewhere"), "a", "1");
  EXPECT_EQ(objects(*opened(inner_)), 2U);
  EXPECT_NE(refusal([&] { objects(*opened(std::make_shared<store::MemoryStore>())); }), "none");
}

TEST_F(RecognisedStoreTest, ADamagedMarkStillSaysThatItIsThere) {
  store::write_object(*opened(inner_), "a", "1");
  inner_->remove(std::string(identity_key));
  store::write_object(*inner_, std::string(identity_key), "{");
  EXPECT_EQ(store::read_object(*opened(inner_), "a"), "1");
}

TEST_F(RecognisedStoreTest, AMemoryThatCannotBeKeptRefusesNothing) {
  sys::write_file(directory_.path() / "file", "", 0600);
  store::write_object(*opened(inner_, "file"), "a", "1");
  EXPECT_EQ(store::read_object(*opened(inner_, "file"), "a"), "1");
}

}  // namespace
}  // namespace repository
