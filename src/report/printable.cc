#include "report/printable.h"

#include "base/utf8.h"
#include "report/text.h"

namespace report {

namespace {

constexpr std::size_t tab_stop = 4;

bool steers(char32_t value) {
  const bool control = value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0x2028 || value == 0x2029;
  // Text whose order on the screen is not its order in the file can show a different statement from the one that runs.
  const bool turns = value == 0x61C || value == 0x200E || value == 0x200F || (value >= 0x202A && value <= 0x202E) ||
                     (value >= 0x2066 && value <= 0x2069);
  return control || turns;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const base::CodePoint point = base::next_code_point(text);
    if (point.value == '\n' || point.value == '\t' || (point.value == '\r' && text.substr(1).starts_with('\n'))) {
      shown += ' ';
      if (point.value == '\r') text.remove_prefix(1);
    } else if (!point.valid || steers(point.value)) {
      shown += base::replacement_character;
    } else {
      shown += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return shown;
}

std::vector<std::string> printable_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    std::string line;
    for (std::size_t tab = rest.find('\t'); tab != std::string_view::npos; tab = rest.find('\t')) {
      line += printable(rest.substr(0, tab));
      line.append(tab_stop - display_width(line) % tab_stop, ' ');
      rest.remove_prefix(tab + 1);
    }
    lines.push_back(line + printable(rest));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace report
