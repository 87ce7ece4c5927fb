// SHA-256 (FIPS 180-4) and MD5 (RFC 1321), from OpenSSL, which uses what the processor has for them; and a keyed
// 128-bit hash for tables that outsiders fill.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// OpenSSL's EVP_MD and EVP_MD_CTX.
struct evp_md_st;
struct evp_md_ctx_st;

namespace base {

// One hash of OpenSSL's; the object is spent once it gave its digest.
class Digest {
 public:
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void update(std::string_view bytes);
  std::string digest();  // the bytes themselves
  std::string hex();     // in lower-case hexadecimal

 protected:
  explicit Digest(const evp_md_st* algorithm);

 private:
  evp_md_ctx_st* state_;
};

class Sha256 : public Digest {
 public:
  Sha256();
};

// Against accidents alone: S3 knows by it what it was sent.
class Md5 : public Digest {
 public:
  Md5();
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

// Lower-case hexadecimal; and base 64 with padding (RFC 4648, section 4).
std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);

}  // namespace base
