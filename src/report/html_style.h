// The looks of an HTML report.
#pragma once

#include <string_view>

namespace report {

// A style sheet without an address in it: light and dark, screens from a phone's width up, and paper.
extern const std::string_view html_style;

}  // namespace report
