// Foreign text made harmless, the same for terminals and browsers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace report {

// `text` as well-formed UTF-8 on one line: line breaks and tabs become blanks; everything else that steers a display
// instead of being shown on it (control characters, escape sequences' first byte, marks that turn the direction of
// writing) and every ill-formed sequence becomes U+FFFD.
std::string printable(std::string_view text);

// The same line by line, for text whose shape matters: "\n" and "\r\n" end a line, tabs go to every fourth column. No
// empty line at the end.
std::vector<std::string> printable_lines(std::string_view text);

}  // namespace report
