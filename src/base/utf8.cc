#include "base/utf8.h"

namespace base {
namespace {

// What a lead byte promises: how many bytes follow, its own payload, and the range of the first that follows (which
// keeps out overlong forms, surrogates and values above U+10FFFF).
struct Lead {
  int following = -1;  // -1: not a lead byte
  char32_t payload = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead classify(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, byte & 0x1FU};
  if (byte == 0xE0) return {2, 0, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0xD, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, byte & 0x0FU};
  if (byte == 0xF0) return {3, 0, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, byte & 0x07U};
  if (byte == 0xF4) return {3, 4, 0x80, 0x8F};
  return {};
}

}  // namespace

CodePoint next_code_point(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = classify(first);
  if (lead.following < 0) return {};
  CodePoint point{lead.payload, 1, false};
  for (int i = 0; i < lead.following; ++i) {
    if (point.bytes >= text.size()) return point;
    const auto byte = static_cast<unsigned char>(text[point.bytes]);
    const bool first_following = i == 0;
    if (byte < (first_following ? lead.low : 0x80) || byte > (first_following ? lead.high : 0xBF)) return point;
    point.value = (point.value << 6) | (byte & 0x3FU);
    ++point.bytes;
  }
  point.valid = true;
  return point;
}

}  // namespace base
