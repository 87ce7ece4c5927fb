#include "base/hash.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <cstring>

#include "base/error.h"

namespace base {
namespace {

void ensure_sodium() {
  static const int result = sodium_init();
  if (result < 0) throw Error(Code::internal, "libsodium cannot be initialised");
}

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void require(bool fine) {
  if (!fine) throw Error(Code::internal, "OpenSSL cannot hash");
}

}  // namespace

Digest::Digest(const evp_md_st* algorithm) : state_(EVP_MD_CTX_new()) {
  require(state_ != nullptr && EVP_DigestInit_ex(state_, algorithm, nullptr) == 1);
}

Digest::~Digest() {
  EVP_MD_CTX_free(state_);
}

void Digest::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_, bytes.data(), bytes.size()) == 1);
}

std::string Digest::digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(state_, bytes.data(), &size) == 1);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string Digest::hex() {
  return to_hex(digest());
}

Sha256::Sha256() : Digest(EVP_sha256()) {}
Md5::Md5() : Digest(EVP_md5()) {}

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
  return to_hex(raw);
}

std::string to_hex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), unsigned_bytes(bytes), bytes.size());
  text.pop_back();
  return text;
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), unsigned_bytes(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

}  // namespace base
