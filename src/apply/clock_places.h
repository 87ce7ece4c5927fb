// Places whose values are counted from the clock, such as now() + interval '30 days' or extract(epoch FROM now()):
// where each of either side is, or stands there on the other side, too. Of values that are no such thing only a few
// look like one, and these have to be the same. Every date looks like one: all that do not stand on both sides have to
// be as many days away on the other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "apply/comparison_side.h"

namespace apply {

class ClockPlaces {
 public:
  ClockPlaces(const Vocabulary& vocabulary, const Side& planned, const Side& actual)
      : vocabulary_(vocabulary), sides_{&planned, &actual} {}

  // The image after of a change by one of the sides.
  void see(bool actual, std::uint32_t entry, std::string_view before, std::string_view after);

  // Once all were seen: writes it down in the vocabulary.
  void settle();

 private:
  using Key = std::tuple<std::uint32_t, std::size_t, std::string>;  // entry, column, name
  struct Seen {
    PlaceKind kind = PlaceKind::time;
    std::string type;
    std::array<bool, 2> any{};
    std::array<std::set<std::string>, 2> others;  // values that are not, and all dates where days are counted
    bool too_many = false;                        // of these
    bool days = false;                            // they are counted in days
  };

  void note(Seen& seen, const Place& place, bool actual);
  bool is_timed(const Seen& seen) const;
  bool are_days(const Seen& seen) const;

  const Vocabulary& vocabulary_;
  std::array<const Side*, 2> sides_;
  std::map<Key, Seen> seen_;
  std::size_t others_ = 0;
};

}  // namespace apply
