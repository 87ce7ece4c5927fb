// The shape of everything in an RDB file, as programs for the reader in rdb.cc.
//
// Source: redis.io, "RDB file format" and the descriptions of its versions up to 12 (Redis 2.6 to 7.4). A program is a
// string, one letter a step:
//     1 4 8   so many bytes, an integer little-endian       G   16 bytes (the id of a stream's entry)
//     l       a length                                       s   a string, passed over
//     k       a string: the key's name                       n v a string: an auxiliary field's name, its value
//     d       a number as text, with its size in one byte    M   a module's items up to their end
//     ( … )   a length, and then the steps inside as often
#pragma once

#include <cstdint>

#include "redis/census.h"

namespace redis {

inline constexpr int newest_rdb = 12;
inline constexpr int first_rdb_with_checksum = 5;

namespace opcode {
enum : std::uint8_t {
  slot_info = 244,
  function_library = 245,
  module_fields = 247,
  idle = 248,
  frequency = 249,
  field = 250,
  sizes = 251,
  expiry_ms = 252,
  expiry_s = 253,
  database = 254,
  end_of_file = 255,
};
}  // namespace opcode

// Null where no RDB of a version up to 12 has this opcode.
const char* opcode_program(std::uint8_t number);

struct ValueShape {
  Kind kind{};
  const char* program = nullptr;  // the key's name and its value; null: no such type
};
ValueShape value_shape(std::uint8_t type);

// What one item of a module's value is made of: a step, '\0' for the end of the items, or '?' where there is none such.
char module_item(std::uint64_t number);

}  // namespace redis
