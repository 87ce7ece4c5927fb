#include "redis/crc64.h"

#include <array>
#include <bit>
#include <cstring>

namespace redis {
namespace {

constexpr std::uint64_t reflected_polynomial = 0x95ac9329ac4bc9b5;
constexpr std::size_t stride = 8;
using Tables = std::array<std::array<std::uint64_t, 256>, stride>;

// tables[k][b]: what byte b does to the checksum once k more bytes have followed it ("slicing by 8").
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? reflected_polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < stride; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8U) ^ tables[0][before & 0xffU];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

void Crc64::update(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t crc = value_;
  for (; bytes.size() >= stride; bytes.remove_prefix(stride)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc ^= word;
    std::uint64_t next = 0;
    for (std::size_t k = 0; k < stride; ++k) next ^= tables[stride - 1 - k][(crc >> (8 * k)) & 0xffU];
    crc = next;
  }
  for (const char byte : bytes) crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<unsigned char>(byte)) & 0xffU];
  value_ = crc;
}

}  // namespace redis
