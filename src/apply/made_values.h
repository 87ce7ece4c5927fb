// The values that one run made anew and that its own rows bear, and which of two runs' values are the same.
//
// A row that both runs wrote has a number of its own in each. Which of one run's stands for which of the other's is one
// injective mapping for each sequence, guessed from the rows that hold them and told by labels: that the mapping is
// right is shown by whoever compares the rows with labels in place of values. Not for use by two threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace apply {

using Maker = std::uint32_t;  // a sequence, or what makes UUIDs; numbered by whoever compares
using Token = std::uint32_t;  // one of a run's values: below MadeValues::size()

class MadeValues {
 public:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  static Key of_number(std::int64_t number);            // the same for -5 as for 5, which web programs mint of it
  static std::optional<Key> of_uuid(std::string_view);  // nullopt: it is none

  explicit MadeValues(std::size_t makers) : values_(makers), first_(makers + 1) {}
  void add(Maker maker, const Key& key) { values_.at(maker).push_back(key); }
  void remove(Maker maker, const Key& key) { removed_.emplace_back(maker, key); }
  // Ends adding and removing; what was removed is none, however often it was added.
  void seal();

  std::optional<Token> find(Maker maker, const Key& key) const;
  const std::vector<Key>& of(Maker maker) const { return values_.at(maker); }  // in order
  std::size_t makers() const { return values_.size(); }
  Token first(Maker maker) const { return first_.at(maker); }
  std::size_t size() const { return first_.back(); }

 private:
  std::vector<std::vector<Key>> values_;  // by maker
  std::vector<std::pair<Maker, Key>> removed_;
  std::vector<Token> first_;
};

// The rows of one run that hold such values.
class HoldingRows {
 public:
  struct Held {
    Token token = 0;
    bool born = false;  // the row is the one that the value was made for
  };
  // `contents`: a digest of the row without them.
  void add(std::uint64_t contents, const std::vector<Held>& held);

 private:
  friend class Colours;
  std::vector<std::uint64_t> contents_;
  std::vector<std::size_t> first_{0};
  std::vector<Held> held_;
};

// By token: which value of the other run it stands for, as a number from 1 that both sides' tokens have; 0: none.
using Labels = std::vector<std::uint32_t>;

struct Binding {
  Labels planned;
  Labels actual;
};

// How far to look: at nothing but the order; at the rows that values were made for (what has no like is taken in its
// order, too); at all rows that hold them, and at the rows that hold what these hold. What looks alike is taken in its
// order.
enum class Look { order, own_rows, all_rows };

Binding bind(const MadeValues& planned, const HoldingRows& by_plan, const MadeValues& actual,
             const HoldingRows& in_fact, Look look);

}  // namespace apply
