// Documents as one self-contained HTML file: no script, no font, no image or address from elsewhere.
#pragma once

#include <string>

#include "report/document.h"

namespace report {

// Valid HTML 5, light and dark by the reader's preference, printable, usable by keyboard and screen reader.
std::string to_html(const Document& document);

}  // namespace report
