// Nights in which the same things happened, taken together: what a person reads of a year.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "forecast/forecast.h"

namespace forecast {

struct Range {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

// Nights `from` to `to`; the kinds of things that happened are the same in all of them, how many may differ.
struct Stretch {
  int from = 0;
  int to = 0;
  const Night* first = nullptr;
  const Night* last = nullptr;
  Range inserted;
  Range updated;
  Range deleted;
  std::vector<std::string> begun;  // what happens here and did not in the night before
  std::vector<std::string> ended;  // the other way round
};

// The first night and the last one stand alone. The result points into `nights`.
std::vector<Stretch> stretches_of(const std::vector<Night>& nights);

}  // namespace forecast
