// Words that somebody may have meant.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace base {

// How many insertions, deletions and replacements of a byte lead from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The one of `words` that somebody who wrote `word` may have meant; empty where none is near.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace base
