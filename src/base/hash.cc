#include "base/hash.h"

#include <sodium.h>

#include <cstring>

#include "base/error.h"

namespace base {
namespace {

void ensure_sodium() {
  static const int result = sodium_init();
  if (result < 0) throw Error(Code::internal, "libsodium cannot be initialised");
}

std::string to_hex(const unsigned char* bytes, std::size_t count) {
  std::string text(count * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, count);
  text.pop_back();
  return text;
}

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

crypto_hash_sha256_state* sha_state(std::array<unsigned char, 128>& storage) {
  static_assert(sizeof(crypto_hash_sha256_state) <= 128);
  static_assert(alignof(crypto_hash_sha256_state) <= 64);
  return reinterpret_cast<crypto_hash_sha256_state*>(storage.data());
}

}  // namespace

Sha256::Sha256() : state_{} {
  ensure_sodium();
  crypto_hash_sha256_init(sha_state(state_));
}

void Sha256::update(std::string_view bytes) {
  crypto_hash_sha256_update(sha_state(state_), unsigned_bytes(bytes), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(sha_state(state_), digest.data());
  return to_hex(digest.data(), digest.size());
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

RowHasher::RowHasher() : key_{} {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16);
  ensure_sodium();
  randombytes_buf(key_.data(), key_.size());
}

RowHasher::Digest RowHasher::operator()(std::string_view bytes) const {
  static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(Digest));
  std::array<unsigned char, sizeof(Digest)> raw{};
  crypto_shorthash_siphashx24(raw.data(), unsigned_bytes(bytes), bytes.size(), key_.data());
  Digest digest{};
  std::memcpy(digest.data(), raw.data(), raw.size());
  return digest;
}

std::string random_hex(std::size_t bytes) {
  ensure_sodium();
  std::string raw(bytes, '\0');  // unlike an empty vector's, its data() is never null
  randombytes_buf(raw.data(), raw.size());
  return to_hex(unsigned_bytes(raw), raw.size());
}

}  // namespace base
