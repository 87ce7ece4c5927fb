#include "repository/mac.h"

#include <fmt/core.h>
#include <sodium.h>

namespace repository {

namespace {

constexpr std::string_view key_context = "pgrehearse manifest key 1";
constexpr std::size_t tag_size = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Mac make_mac(const Key& key, std::string_view sha256) {
  // A key of its own: what is sealed with the repository's key never meets what is hashed with it.
  const Secret derived = make_secret(key_size);
  crypto_generichash(derived.get(), key_size, bytes_of(key_context), key_context.size(), key.bytes(), key_size);
  unsigned char tag[tag_size];
  crypto_generichash(tag, sizeof tag, bytes_of(sha256), sha256.size(), derived.get(), key_size);
  Mac mac{.key_id = key.id(), .tag = {}};
  for (const unsigned char byte : tag) mac.tag += fmt::format("{:02x}", byte);
  return mac;
}

Seal seal_of(const std::optional<Mac>& mac, std::string_view sha256, const KeyRing& keys) {
  if (!mac) return Seal::none;
  const Key* key = keys.find(mac->key_id);
  if (!key) return Seal::unknown;
  const std::string right = make_mac(*key, sha256).tag;
  const bool same = mac->tag.size() == right.size() && sodium_memcmp(mac->tag.data(), right.data(), right.size()) == 0;
  return same ? Seal::right : Seal::wrong;
}

bool is_relied_on(const Trust& trust, const std::optional<Mac>& mac, std::string_view sha256) {
  if (!trust.keys) return true;
  const Seal seal = seal_of(mac, sha256, *trust.keys);
  return seal == Seal::right || (seal == Seal::none && trust.unsealed);
}

}  // namespace repository
