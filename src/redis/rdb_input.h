// The bytes of an RDB file as they come: a cursor over the current piece, and what had begun in the piece before.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace redis {

class RdbInput {
 public:
  void begin(std::string_view piece) {
    passed_ += piece_.size();
    piece_ = piece;
    at_ = 0;
  }
  bool empty() const { return at_ == piece_.size(); }
  // Where we are in the file.
  std::uint64_t offset() const { return passed_ + at_; }
  // What was read since the last call of this or begin().
  std::string_view read() {
    const auto from = std::exchange(told_, offset()) - passed_;
    return piece_.substr(from, at_ - from);
  }

  // The next bytes, up to `most`.
  std::string_view take(std::uint64_t most) {
    const auto taken = piece_.substr(at_, static_cast<std::size_t>(std::min<std::uint64_t>(most, piece_.size() - at_)));
    at_ += taken.size();
    return taken;
  }

  // The next `size` bytes (16 at most), once they are there.
  std::optional<std::string_view> whole(std::size_t size) {
    if (!gather(size)) return std::nullopt;
    return settle(size);
  }

  // A little-endian integer of `size` bytes, once it is there.
  std::optional<std::uint64_t> integer(std::size_t size) {
    const auto bytes = whole(size);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes->data(), bytes->size());
    return value;
  }

  struct Length {
    std::uint64_t value = 0;
    bool encoded = false;  // `value` says how a string is encoded
  };
  // The upper two bits say what it is: 6 bits, 14 bits, 32 or 64 bits big-endian, or no length.
  std::optional<Length> length() {
    if (!gather(1)) return std::nullopt;
    const auto first = static_cast<unsigned char>(gathered_[0]);
    const unsigned low = first & 0x3fU;
    switch (first >> 6U) {
      case 0:
        settle(1);
        return Length{low};
      case 1:
        if (!gather(2)) return std::nullopt;
        settle(2);
        return Length{(low << 8U) | static_cast<unsigned char>(gathered_[1])};
      case 2:
        if (low > 1) throw damaged("a length of a kind that there is not");
        return big_endian(low == 0 ? 4 : 8);
      default:
        settle(1);
        return Length{low, true};
    }
  }

  // `back`: how many bytes ago.
  base::Error damaged(std::string_view what, std::uint64_t back = 0) const {
    return {base::Code::storage,
            "the RDB file is damaged at byte " + std::to_string(offset() - back) + ": " + std::string(what),
            "take another recovery point; redis-check-rdb tells what can be read of this one"};
  }

 private:
  bool gather(std::size_t size) {
    while (count_ < size && !empty()) gathered_[count_++] = piece_[at_++];
    return count_ >= size;  // a length goes on gathering once its first byte has told how long it is
  }
  std::string_view settle(std::size_t size) {
    count_ = 0;
    return {gathered_.data(), size};
  }
  std::optional<Length> big_endian(std::size_t size) {
    if (!gather(1 + size)) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 1; i <= size; ++i) value = (value << 8U) | static_cast<unsigned char>(gathered_[i]);
    settle(1 + size);
    return Length{value};
  }

  std::string_view piece_;
  std::size_t at_ = 0;
  std::uint64_t passed_ = 0;
  std::uint64_t told_ = 0;
  std::array<char, 16> gathered_{};
  std::size_t count_ = 0;
};

}  // namespace redis
