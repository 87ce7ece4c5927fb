// Strings and lengths of an RDB file, as far as its bytes have come.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "redis/lzf.h"
#include "redis/rdb_input.h"

namespace redis {

// A string as it comes: its length, or how it is encoded, and its bytes.
class RdbString {
 public:
  // Goes on as far as the input reaches; true once the string is over. `each` gets its parts, or is empty where nobody
  // wants them, which spares the unpacking.
  template <typename Each>
  bool go_on(RdbInput& input, bool wanted, const Each& each) {
    while (true) {
      switch (part_) {
        case Part::size:
          if (!read_size(input)) return false;
          break;
        case Part::integer:
          if (const auto value = input.integer(std::size_t{1} << encoding_)) {
            each(decimal(*value));
            part_ = Part::size;
            return true;
          }
          return false;
        case Part::packed_size:
          if (!read_length(input, left_)) return false;
          part_ = Part::plain_size;
          break;
        case Part::plain_size: {
          std::uint64_t plain = 0;
          if (!read_length(input, plain)) return false;
          decoder_.reset(plain);
          part_ = Part::packed;
          break;
        }
        case Part::plain:
        case Part::packed:
          return read_bytes(input, wanted, each);
      }
    }
  }

  static bool read_length(RdbInput& input, std::uint64_t& value) {
    const auto length = input.length();
    if (!length) return false;
    if (length->encoded) throw input.damaged("an encoded value where a length belongs");
    value = length->value;
    return true;
  }

 private:
  enum class Part { size, integer, packed_size, plain_size, packed, plain };
  static constexpr std::uint64_t lzf = 3;

  bool read_size(RdbInput& input) {
    const auto length = input.length();
    if (!length) return false;
    if (length->encoded && length->value > lzf) throw input.damaged("a string in an encoding that there is not");
    encoding_ = left_ = length->value;
    part_ = !length->encoded ? Part::plain : encoding_ == lzf ? Part::packed_size : Part::integer;
    return true;
  }

  std::string decimal(std::uint64_t value) const {
    switch (encoding_) {
      case 0:
        return std::to_string(static_cast<std::int8_t>(value));
      case 1:
        return std::to_string(static_cast<std::int16_t>(value));
      default:
        return std::to_string(static_cast<std::int32_t>(value));
    }
  }

  template <typename Each>
  bool read_bytes(RdbInput& input, bool wanted, const Each& each) {
    constexpr std::uint64_t portion = 4096;  // of packed bytes: unpacked they may be 88 times as many
    const bool packed = part_ == Part::packed;
    while (left_ > 0) {
      const auto bytes = input.take(wanted && packed ? std::min(left_, portion) : left_);
      if (bytes.empty()) return false;
      left_ -= bytes.size();
      if (!wanted) continue;
      if (!packed) {
        each(bytes);
        continue;
      }
      unpacked_.clear();
      if (const auto sound = decoder_.feed(bytes, unpacked_); sound < bytes.size())
        throw input.damaged("a compressed string that cannot be unpacked", bytes.size() - sound - 1);
      each(unpacked_);
    }
    if (wanted && packed && !decoder_.complete())
      throw input.damaged("a compressed string of another length than it says");
    part_ = Part::size;
    return true;
  }

  Part part_ = Part::size;
  std::uint64_t encoding_ = 0;
  std::uint64_t left_ = 0;  // bytes to come
  LzfDecoder decoder_;
  std::string unpacked_;
};

}  // namespace redis
