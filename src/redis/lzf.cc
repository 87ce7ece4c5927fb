#include "redis/lzf.h"

namespace redis {

void LzfDecoder::reset(std::uint64_t plain_size) {
  size_ = plain_size;
  made_ = 0;
  expecting_ = Expecting::control;
}

std::size_t LzfDecoder::feed(std::string_view packed, std::string& plain) {
  for (std::size_t at = 0; at < packed.size(); ++at) {
    const auto byte = static_cast<unsigned char>(packed[at]);
    bool sound = true;
    switch (expecting_) {
      case Expecting::control:
        control(byte);
        break;
      case Expecting::literal:
        sound = put(byte, plain);
        if (--left_ == 0) expecting_ = Expecting::control;
        break;
      case Expecting::length:
        left_ += byte;
        expecting_ = Expecting::distance;
        break;
      case Expecting::distance:
        sound = copy(byte, plain);
        break;
    }
    if (!sound) return at;
  }
  return packed.size();
}

void LzfDecoder::control(unsigned char byte) {
  constexpr unsigned first_copy = 32;
  constexpr unsigned long_copy = 7;
  if (byte < first_copy) {
    left_ = byte + 1U;
    expecting_ = Expecting::literal;
    return;
  }
  left_ = byte >> 5U;
  distance_ = (byte & 0x1fU) << 8U;
  expecting_ = left_ == long_copy ? Expecting::length : Expecting::distance;
}

bool LzfDecoder::copy(unsigned char low, std::string& plain) {
  const std::uint64_t back = (distance_ | low) + 1U;
  if (back > made_) return false;
  for (unsigned count = left_ + 2; count > 0; --count) {
    if (!put(window_[(made_ - back) % window_size], plain)) return false;
  }
  expecting_ = Expecting::control;
  return true;
}

bool LzfDecoder::put(unsigned char byte, std::string& plain) {
  if (made_ == size_) return false;
  window_[made_ % window_size] = byte;
  ++made_;
  plain += static_cast<char>(byte);
  return true;
}

}  // namespace redis
