// Small sets of names, as constants.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace source {

template <std::size_t N>
using Types = std::array<std::string_view, N>;

template <std::size_t N>
constexpr bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace source
