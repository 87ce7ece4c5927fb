// Places whose values are counted from the clock, such as now() + interval '30 days' or extract(epoch FROM now()):
// where each of either side is. Of values that are no such thing only a few look like one, and these have to be the
// same.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "apply/comparison_side.h"

namespace apply {

class ClockPlaces {
 public:
  explicit ClockPlaces(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // The image after of a change by `side`.
  void see(const Side& side, bool actual, std::uint32_t entry, std::string_view before, std::string_view after);

  // Once all were seen: writes it down in the vocabulary.
  void settle();

 private:
  using Key = std::tuple<std::uint32_t, std::size_t, std::string>;  // entry, column, name
  struct Seen {
    std::array<bool, 2> any{};
    bool other = false;  // a value that is not
  };

  const Vocabulary& vocabulary_;
  std::map<Key, Seen> seen_;
};

}  // namespace apply
