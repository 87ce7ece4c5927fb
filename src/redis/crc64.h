// The checksum at the end of an RDB file: CRC-64/REDIS (Jones' polynomial 0xad93d23594c935a9, reflected, initially 0,
// no final inversion; of "123456789" it is 0xe9c6d914c4b8d9ca).
#pragma once

#include <cstdint>
#include <string_view>

namespace redis {

class Crc64 {
 public:
  void update(std::string_view bytes);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace redis
