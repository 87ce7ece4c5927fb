// RDB files made by hand, for tests: every encoding that a server of today no longer writes among them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "redis/crc64.h"

namespace redis {

class RdbSample {
 public:
  explicit RdbSample(int version) : bytes_("REDIS0000") {
    bytes_[8] = static_cast<char>('0' + version % 10);
    bytes_[7] = static_cast<char>('0' + version / 10);
  }

  RdbSample& byte(unsigned value) {
    bytes_ += static_cast<char>(value);
    return *this;
  }
  RdbSample& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  RdbSample& integer(std::uint64_t value, int size) {
    for (; size > 0; --size, value >>= 8U) byte(value & 0xffU);
    return *this;
  }
  RdbSample& length(std::uint64_t value) {
    if (value < 1U << 6U) return byte(static_cast<unsigned>(value));
    if (value < 1U << 14U) return byte(static_cast<unsigned>(0x40U | (value >> 8U))).byte(value & 0xffU);
    byte(value <= UINT32_MAX ? 0x80 : 0x81);
    for (int shift = value <= UINT32_MAX ? 24 : 56; shift >= 0; shift -= 8) byte((value >> shift) & 0xffU);
    return *this;
  }
  RdbSample& string(std::string_view text) { return length(text.size()).raw(text); }
  RdbSample& key(unsigned type, std::string_view name) { return byte(type).string(name); }
  RdbSample& expiry(std::int64_t ms) { return byte(252).integer(static_cast<std::uint64_t>(ms), 8); }
  RdbSample& database(std::uint64_t number) { return byte(254).length(number); }

  // With its end and checksum.
  std::string whole() const {
    std::string bytes = bytes_ + '\xff';
    Crc64 checksum;
    checksum.update(bytes);
    for (std::uint64_t value = checksum.value(), i = 0; i < 8; ++i, value >>= 8U)
      bytes += static_cast<char>(value & 0xffU);
    return bytes;
  }
  const std::string& begun() const { return bytes_; }

 private:
  std::string bytes_;
};

// Every type and opcode, in three databases: 23 keys, four of which expire.
inline std::string everything_sample() {
  RdbSample rdb(12);
  rdb.byte(250).string("redis-ver").string("7.4.0").byte(250).string("redis-bits").byte(0xc0).byte(64);
  rdb.byte(245).string("#!lua name=f\n").byte(247).length(77).length(2).length(1).length(5).string("x").length(0);
  rdb.database(0).byte(251).length(20).length(3).byte(244).length(5).length(20).length(3);
  rdb.expiry(1'800'000'000'123).byte(248).length(70).key(0, "text").string(std::string(300, 'v'));
  rdb.byte(253).integer(1'700'000'000, 4).byte(249).byte(9).key(0, "old expiry").byte(0xc1).integer(0xfffe, 2);
  rdb.byte(0).byte(0xc2).integer(static_cast<std::uint32_t>(-70000), 4).string("named by an integer");
  rdb.byte(0).byte(0xc3).length(5).length(22).raw(std::string_view("\0a\xe0\x0c\0", 5)).string("packed name");
  rdb.key(1, "list").length(2).string("a").string("b").key(1, "no items").length(0);
  rdb.key(2, "set").length(1).string("a");
  rdb.key(3, "text zset").length(3).string("a").byte(3).raw("1.5").string("b").byte(254).string("c").byte(253);
  rdb.key(4, "hash").length(1).string("f").string("v");
  rdb.key(5, "zset").length(1).string("a").integer(0, 8);
  rdb.key(7, "module").length(1ULL << 60U).length(1).length(5).length(2).length(6).length(3).integer(0, 4);
  rdb.length(4).integer(0, 8).length(5).string("s").length(0);
  for (const unsigned type : {9U, 10U, 11U, 12U, 13U}) rdb.key(type, "compact " + std::to_string(type)).string("xx");
  rdb.database(3);
  for (const unsigned type : {16U, 17U, 20U}) rdb.key(type, "compact " + std::to_string(type)).string("xx");
  rdb.key(14, "quicklist").length(1).string("zl").key(18, "quicklist 2").length(1).length(2).string("lp");
  const std::string id(16, 'i');
  rdb.key(15, "stream").length(1).string(id).string("lp").length(1).length(2).length(3).length(1).string("g").length(1);
  rdb.length(2).length(1).raw(id).integer(5, 8).length(1).length(1).string("c").integer(5, 8).length(1).raw(id);
  for (const unsigned type : {19U, 21U}) {
    rdb.key(type, "stream " + std::to_string(type)).length(0);
    for (int i = 0; i < 8; ++i) rdb.length(i);
    rdb.length(1).string("g").length(1).length(2).length(3).length(0).length(1).string("c").integer(5, 8);
    if (type == 21) rdb.integer(6, 8);
    rdb.length(0);
  }
  rdb.database(70'000).expiry(-5).key(22, "h22").length(1).length(9).string("f").string("v");
  rdb.key(23, "h23").string("lp").key(24, "h24").integer(1, 8).length(1).length(0).string("f").string("v");
  rdb.expiry(4'000'000'000'000).key(25, "h25").integer(1, 8).string("lp");
  return rdb.whole();
}

}  // namespace redis
