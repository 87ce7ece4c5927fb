#include "source/lines.h"

#include <algorithm>

namespace source {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

Place advance(Place from, std::string_view text) {
  const std::size_t last = text.rfind('\n');
  if (last != std::string_view::npos) {
    from.line += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    from.column = 1;
    text.remove_prefix(last + 1);
  }
  from.column += static_cast<int>(std::count_if(text.begin(), text.end(), starts_code_point));
  return from;
}

constexpr std::size_t stride = 1024;

}  // namespace

Lines::Lines(std::string_view bytes) : bytes_(bytes) {
  if (bytes.starts_with(byte_order_mark)) start_ = byte_order_mark.size();
  Place place;
  for (std::size_t at = start_; at < bytes.size(); at += stride) {
    checkpoints_.push_back(place);
    place = advance(place, bytes.substr(at, stride));
  }
}

Place Lines::place(std::size_t offset) const {
  offset = std::clamp(offset, start_, std::max(start_, bytes_.size()));
  if (checkpoints_.empty()) return {};
  const std::size_t index = std::min((offset - start_) / stride, checkpoints_.size() - 1);
  const std::size_t from = start_ + index * stride;
  return advance(checkpoints_[index], bytes_.substr(from, offset - from));
}

}  // namespace source
