// Documents for terminals.
#pragma once

#include <string>

#include "report/document.h"

namespace report {

struct TextOptions {
  int columns = 100;    // nothing is wider, save for one unbreakable word in a paragraph
  bool colour = false;  // ANSI colours and weights
};

// Width in terminal cells: East Asian wide characters count 2, combining marks 0.
std::size_t display_width(const std::string& text);

// Paragraphs and bullets are wrapped; tables shrink their widest left-aligned columns with "…" until they fit.
std::string to_text(const Document& document, const TextOptions& options);

}  // namespace report
