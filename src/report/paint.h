// Cells written out for a terminal, with or without colour (ECMA-48, Select Graphic Rendition).
#pragma once

#include <string>

#include "report/cells.h"

namespace report {

class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  bool colour() const { return colour_; }

  // Every stretch of a tone is switched off again, so that a cut or redirected output never bleeds.
  std::string operator()(const Cells& cells) const;
  std::string operator()(const std::string& text, Tone tone) const;
  // White or black on a bar of the tone's colour; without colour the text as it is.
  std::string on_bar(const std::string& text, Tone tone) const;

 private:
  bool colour_;
};

}  // namespace report
