// Where test ids are out of everybody's way.
#pragma once

#include "contract/contract.h"

namespace contract {

// No real path reaches above 2^52, and up to 2^53 - 1 programs that keep numbers as doubles (JavaScript, JSON) tell two
// ids apart.
inline constexpr IdRange test_ids{.low = std::int64_t{1} << 52, .high = (std::int64_t{1} << 53) - 1};

}  // namespace contract
