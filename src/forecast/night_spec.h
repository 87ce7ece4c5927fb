// What a night is made of, as the person said it: --each 'oauth signup=12'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"

namespace forecast {

// Runs of one probe in every night.
inline constexpr int runs_limit = 100'000;

struct Each {
  const contract::Probe* probe = nullptr;
  int count = 0;  // at least 1
};

// "PROBE=COUNT" each, cut at the last "=": a probe's name may hold others. Throws Error(usage): no such probe (the hint
// names those that the contract declares), no count, zero, a probe named twice, nothing at all.
std::vector<Each> parse_night(const std::vector<std::string>& specs, const contract::Contract& contract);

}  // namespace forecast
