// A store that misbehaves as told, around another one: for tests of what is built upon stores.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "store/object_store.h"

namespace store {

// What may go wrong, counted over the whole store in the order in which it is asked.
enum class Operation { create, write, commit, open, read, stat, list, remove, unfinished, discard };

class FaultyStore : public ObjectStore {
 public:
  // Called before every operation with its number, from 1, the operation and its key (of a list: its prefix). What it
  // throws comes of the operation; it may wait as well, or end the process.
  using Fault = std::function<void(int number, Operation operation, const std::string& key)>;

  FaultyStore(std::shared_ptr<ObjectStore> inner, Fault fault) : inner_(std::move(inner)), fault_(std::move(fault)) {}

  // Fails in the `number`-th operation, and in no other.
  static Fault fail_at(int number) {
    return [number](int now, Operation, const std::string& key) {
      if (now == number) throw base::Error(base::Code::storage, "a fault that was asked for, at " + key);
    };
  }
  // Fails in that operation and in all that follow: a store that went away.
  static Fault gone_from(int number) {
    return [number](int now, Operation, const std::string& key) {
      if (now >= number) throw base::Error(base::Code::storage, "the store is gone, as was asked for, at " + key);
    };
  }

  // How many there have been.
  int operations() const { return operations_; }
  // Commits happen, and are then said to have failed: the answer was lost.
  void lose_answers(bool lose) { lose_answers_ = lose; }

  std::string description() const override { return inner_->description(); }
  std::unique_ptr<Writer> create(const std::string& key) override {
    next(Operation::create, key);
    return std::make_unique<FaultyWriter>(*this, key, inner_->create(key));
  }
  std::unique_ptr<Reader> open(const std::string& key, std::uint64_t offset) override {
    next(Operation::open, key);
    return std::make_unique<FaultyReader>(*this, key, inner_->open(key, offset));
  }
  std::optional<ObjectInfo> stat(const std::string& key) override {
    next(Operation::stat, key);
    return inner_->stat(key);
  }
  void list(const std::string& prefix, const std::function<void(const ObjectInfo&)>& each) override {
    next(Operation::list, prefix);
    inner_->list(prefix, each);
  }
  void remove(const std::string& key) override {
    next(Operation::remove, key);
    inner_->remove(key);
  }
  std::vector<Unfinished> unfinished(const std::string& prefix) override {
    next(Operation::unfinished, prefix);
    return inner_->unfinished(prefix);
  }
  void discard(const Unfinished& attempt) override {
    next(Operation::discard, attempt.key);
    inner_->discard(attempt);
  }

 private:
  class FaultyWriter : public Writer {
   public:
    FaultyWriter(FaultyStore& store, std::string key, std::unique_ptr<Writer> inner)
        : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}
    void write(std::string_view bytes) override {
      store_.next(Operation::write, key_);
      inner_->write(bytes);
    }
    void commit() override {
      store_.next(Operation::commit, key_);
      inner_->commit();
      if (store_.lose_answers_) throw base::Error(base::Code::storage, "the answer was lost, as was asked for");
    }

   private:
    FaultyStore& store_;
    std::string key_;
    std::unique_ptr<Writer> inner_;
  };

  class FaultyReader : public Reader {
   public:
    FaultyReader(FaultyStore& store, std::string key, std::unique_ptr<Reader> inner)
        : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}
    std::size_t read(char* buffer, std::size_t size) override {
      store_.next(Operation::read, key_);
      return inner_->read(buffer, size);
    }

   private:
    FaultyStore& store_;
    std::string key_;
    std::unique_ptr<Reader> inner_;
  };

  void next(Operation operation, const std::string& key) { fault_(++operations_, operation, key); }

  std::shared_ptr<ObjectStore> inner_;
  Fault fault_;
  std::atomic<int> operations_{0};
  bool lose_answers_ = false;
};

}  // namespace store
