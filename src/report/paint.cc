#include "report/paint.h"

namespace report {

namespace {

// Only the sixteen colours that people choose themselves: they fit dark and light terminals.
const char* foreground(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "32";
    case Tone::bad:
      return "1;31";
    case Tone::warning:
      return "33";
    case Tone::muted:
      return "2";
    case Tone::strong:
      return "1";
  }
  return "";
}

const char* bar(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "1;30;42";
    case Tone::bad:
      return "1;97;41";
    case Tone::warning:
      return "1;30;43";
    default:
      return "1;7";
  }
}

std::string graphic(const char* rendition, const std::string& text) {
  return std::string("\x1b[") + rendition + 'm' + text + "\x1b[0m";
}

}  // namespace

std::string Paint::operator()(const std::string& text, Tone tone) const {
  if (!colour_ || tone == Tone::plain || text.empty()) return text;
  return graphic(foreground(tone), text);
}

std::string Paint::operator()(const Cells& cells) const {
  std::string painted;
  for (std::size_t at = 0; at < cells.size();) {
    const Tone tone = cells[at].tone;
    std::string stretch;
    for (; at < cells.size() && cells[at].tone == tone; ++at) stretch += cells[at].text;
    painted += (*this)(stretch, tone);
  }
  return painted;
}

std::string Paint::on_bar(const std::string& text, Tone tone) const {
  return colour_ ? graphic(bar(tone), text) : text;
}

}  // namespace report
