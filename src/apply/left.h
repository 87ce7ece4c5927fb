// What is left of an apply or undo that failed is said once, where it is known; hints say only what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace apply {

// Puts it before the hint: "nothing was changed; try again later".
inline void say_left(base::Error& error, std::string_view left) {
  error.with_hint(std::string(left) + (error.hint().empty() ? "" : "; " + error.hint()));
}

}  // namespace apply
