// Where test ids are out of everybody's way.
#pragma once

#include <cstdint>

#include "contract/contract.h"

namespace contract {

// No real path reaches above 2^52, and up to 2^53 - 1 programs that keep numbers as doubles (JavaScript, JSON) tell two
// ids apart.
inline constexpr IdRange test_ids{.low = std::int64_t{1} << 52, .high = (std::int64_t{1} << 53) - 1};

// The same where no id is greater than `most`: for ids of 32 bits there is no place that no real path reaches, and the
// last seventh comes nearest.
constexpr IdRange test_ids_within(std::int64_t most) {
  return most >= test_ids.high ? test_ids : IdRange{.low = most - most / 7 + 1, .high = most};
}

}  // namespace contract
