// LZF (Marc Lehmann's libLZF, the compression of long strings in an RDB file), decompressed piece by piece.
//
// The stream: a control byte below 32 is followed by that many bytes and one more, taken as they are; any other has a
// length in its upper three bits (7: plus the next byte) and with its lower five and one more byte a distance. Length
// plus 2 bytes are copied from distance plus 1 bytes back, at most 8 KiB.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace redis {

class LzfDecoder {
 public:
  void reset(std::uint64_t plain_size);
  // Appends what `packed` unpacks to (up to 88 bytes for each). Returns how many bytes of it made sense: all, or it is
  // damaged at the next.
  std::size_t feed(std::string_view packed, std::string& plain);
  bool complete() const { return expecting_ == Expecting::control && made_ == size_; }

 private:
  enum class Expecting { control, literal, length, distance };
  void control(unsigned char byte);
  bool copy(unsigned char low, std::string& plain);
  bool put(unsigned char byte, std::string& plain);

  static constexpr std::size_t window_size = 1U << 13U;
  std::array<unsigned char, window_size> window_;  // the last bytes made; byte i at i modulo its size
  std::uint64_t size_ = 0;
  std::uint64_t made_ = 0;
  Expecting expecting_ = Expecting::control;
  unsigned left_ = 0;      // literal bytes to come, or the length of the copy
  unsigned distance_ = 0;  // its upper bits
};

}  // namespace redis
