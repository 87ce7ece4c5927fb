// How deeply a statement's parse tree may nest, told from its text before anything recursive touches it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sql {

// An upper bound for the depth of the parse tree, in words and symbols one inside the other: large where operators,
// joins, set operations or parentheses are chained, small for long flat lists and long AND/OR conditions.
std::size_t nesting_bound(std::string_view statement);

}  // namespace sql
