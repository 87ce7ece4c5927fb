// How long an apply's session may wait and work at the most, whatever a script sets for itself: a dump's header
// switches timeouts off, and production would wait for as long as anybody holds a row.
#pragma once

#include <string>
#include <string_view>

#include "apply/target.h"

namespace apply {

// Whether a statement may lengthen them, as far as its words go.
bool may_set_timeouts(std::string_view statement);

// The statement that brings those that are longer than `limits` back to them, until the transaction ends. What a script
// shortened stays.
std::string ceilings(const Limits& limits);

}  // namespace apply
