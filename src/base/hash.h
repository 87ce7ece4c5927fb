// SHA-256 (FIPS 180-4), from libsodium; and a keyed 128-bit hash for tables that outsiders fill.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // The digest in lower-case hexadecimal, 64 characters. The object is spent afterwards.
  std::string hex();

 private:
  alignas(64) std::array<unsigned char, 128> state_;
};

std::string sha256_hex(std::string_view bytes);

// 128 bits that nobody can predict without the key: SipHash-2-4-128 with a key drawn at construction. Rows whose
// contents an adversary chose cannot be made to collide.
class RowHasher {
 public:
  using Digest = std::array<std::uint64_t, 2>;
  RowHasher();
  Digest operator()(std::string_view bytes) const;

 private:
  std::array<unsigned char, 16> key_;
};

// `bytes` random bytes, as lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace base
