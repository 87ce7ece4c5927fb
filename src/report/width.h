// How many cells of a terminal a code point takes (Unicode Standard Annex #11, and the habit of wcwidth(3)).
#pragma once

namespace report {

// 0, 1 or 2. Control characters count 1: they have to be replaced before they are shown, see printable.h.
int code_point_width(char32_t value);

}  // namespace report
