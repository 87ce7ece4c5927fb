#include "repository/sealed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace repository {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view magic = "PGRHSEAL";
constexpr std::uint32_t version = 1;
constexpr std::string_view name_context = "pgrehearse object name 1";
constexpr std::size_t chunk_size = 64U << 10U;
constexpr std::size_t overhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t sealed_chunk_size = chunk_size + overhead;

// Where the parts of the header are; docs/formats/sealed.md.
constexpr std::size_t id_size = 16;
constexpr std::size_t name_digest_size = 32;
constexpr std::size_t version_at = 8;
constexpr std::size_t id_at = 12;
constexpr std::size_t stream_at = id_at + id_size;
constexpr std::size_t nonce_at = stream_at + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t wrapped_at = nonce_at + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t secret_size = crypto_secretstream_xchacha20poly1305_KEYBYTES + name_digest_size;
static_assert(header_size == wrapped_at + secret_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::array<unsigned char, name_digest_size> digest_of(std::string_view name) {
  const std::string text = std::string(name_context) + std::string(name);
  std::array<unsigned char, name_digest_size> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(text), text.size(), nullptr, 0);
  return digest;
}

// Completes a header that has everything before the nonce: what is wrapped is the data key and the name's digest.
void wrap(std::string& header, const Key& key, const Secret& secret) {
  randombytes_buf(bytes_of(header) + nonce_at, wrapped_at - nonce_at);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(header) + wrapped_at, nullptr, secret.get(), secret_size,
                                             bytes_of(header), nonce_at, nullptr, bytes_of(header) + nonce_at,
                                             key.bytes());
}

Error cut_off(std::string_view name, std::uint64_t size, std::string_view where) {
  return {Code::storage, fmt::format("{} is cut off: it ends at byte {}, {}", name, size, where),
          "take another copy or another recovery point"};
}

// What is damaged may have been altered on purpose: nothing tells the two apart.
Error damaged_at(std::string_view name, std::uint64_t offset, std::string_view what) {
  return {Code::storage, fmt::format("{} is damaged at byte {}: {}", name, offset, what),
          "take another copy or another recovery point; what was read of it before that byte is as it was written"};
}

std::string ids_of(const KeyRing& keys) {
  std::string ids;
  for (const Key& key : keys.keys()) ids += (ids.empty() ? "" : ", ") + key.id();
  return ids;
}

// The key that the header names.
const Key& key_for(std::string_view header, const KeyRing& keys, std::string_view name) {
  if (!is_sealed(header)) {
    throw Error(Code::storage, fmt::format("{} is not sealed: it does not begin with {}", name, magic),
                "it was written without a key, or is not what it is called");
  }
  std::uint32_t stated = 0;
  std::memcpy(&stated, header.data() + version_at, sizeof stated);
  if (stated != version) {
    throw Error(Code::storage,
                fmt::format("{} is sealed in version {} of the format, which is not known here", name, stated),
                "a newer pgrehearse opens it");
  }
  const std::string_view id = header.substr(id_at, id_size);
  if (const Key* key = keys.find(id)) return *key;
  throw Error(Code::contract,
              fmt::format("{} is sealed with key {}, which is not in {} (that has {})", name,
                          base::one_line(id, id_size), keys.origin(), ids_of(keys)),
              "put that key back as a further line; without it nobody can open the object");
}

// The data key and the digest of the object's name, from a header whose key is there.
Secret unwrap(std::string_view header, const KeyRing& keys, std::string_view name) {
  const Key& key = key_for(header, keys, name);
  Secret secret = make_secret(secret_size);
  const int result = crypto_aead_xchacha20poly1305_ietf_decrypt(
      secret.get(), nullptr, nullptr, bytes_of(header) + wrapped_at, header_size - wrapped_at, bytes_of(header),
      nonce_at, bytes_of(header) + nonce_at, key.bytes());
  if (result != 0) throw damaged_at(name, 0, "its header is not what was written");
  const auto digest = digest_of(name);
  const unsigned char* stated = secret.get() + crypto_secretstream_xchacha20poly1305_KEYBYTES;
  if (sodium_memcmp(stated, digest.data(), digest.size()) == 0) return secret;
  throw Error(Code::storage, fmt::format("{} holds what was written under another name", name),
              "somebody moved or swapped objects: restore from another copy, and find out who");
}

}  // namespace

std::uint64_t sealed_size(std::uint64_t plain) {
  const std::uint64_t chunks = plain == 0 ? 1 : (plain + chunk_size - 1) / chunk_size;
  return header_size + plain + chunks * overhead;
}

bool is_sealed(std::string_view front) {
  return front.starts_with(magic);
}

Sealer::Sealer(const KeyRing& keys, std::string_view name, Bytes out) : out_(std::move(out)) {
  const Secret secret = make_secret(secret_size);
  crypto_secretstream_xchacha20poly1305_keygen(secret.get());
  const auto digest = digest_of(name);
  std::copy(digest.begin(), digest.end(), secret.get() + crypto_secretstream_xchacha20poly1305_KEYBYTES);

  std::string header(header_size, '\0');
  magic.copy(header.data(), magic.size());
  std::memcpy(header.data() + version_at, &version, sizeof version);
  keys.writing().id().copy(header.data() + id_at, id_size);
  crypto_secretstream_xchacha20poly1305_init_push(&state_, bytes_of(header) + stream_at, secret.get());
  wrap(header, keys.writing(), secret);
  out_(header);
}

Sealer::~Sealer() {
  sodium_memzero(&state_, sizeof state_);
  sodium_memzero(pending_.data(), pending_.size());
}

void Sealer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (pending_.size() == chunk_size) {
      push(pending_, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
      pending_.clear();
    }
    const auto taken = bytes.substr(0, chunk_size - pending_.size());
    pending_ += taken;
    bytes.remove_prefix(taken.size());
  }
}

void Sealer::finish() {
  push(pending_, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
}

void Sealer::push(std::string_view chunk, unsigned char tag) {
  sealed_.resize(chunk.size() + overhead);
  crypto_secretstream_xchacha20poly1305_push(&state_, bytes_of(sealed_), nullptr, bytes_of(chunk), chunk.size(),
                                             nullptr, 0, tag);
  out_(sealed_);
}

Unsealer::Unsealer(const KeyRing& keys, std::string_view name, Bytes out)
    : keys_(keys), name_(name), out_(std::move(out)) {}

Unsealer::~Unsealer() {
  sodium_memzero(&state_, sizeof state_);
  sodium_memzero(plain_.data(), plain_.size());
}

// A full chunk is opened once it is there: only the last may be shorter, and finish() opens that.
void Unsealer::write(std::string_view sealed) {
  while (!sealed.empty()) {
    if (ended_) throw damaged_at(name_, offset_, "something follows its end");
    const std::size_t wanted = opened_ ? sealed_chunk_size : header_size;
    const auto taken = sealed.substr(0, wanted - pending_.size());
    pending_ += taken;
    sealed.remove_prefix(taken.size());
    if (pending_.size() < wanted) return;
    if (opened_)
      pull(pending_);
    else
      open_header();
    offset_ += pending_.size();
    pending_.clear();
  }
}

void Unsealer::finish() {
  const std::uint64_t size = offset_ + pending_.size();
  if (!opened_) {
    if (pending_.size() >= magic.size() && !is_sealed(pending_)) key_for(pending_, keys_, name_);
    throw cut_off(name_, size, fmt::format("within its header of {} bytes", header_size));
  }
  if (!pending_.empty()) pull(pending_);
  pending_.clear();
  if (!ended_) throw cut_off(name_, size, "between two chunks, before its own end");
}

void Unsealer::open_header() {
  const Secret secret = unwrap(pending_, keys_, name_);
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state_, bytes_of(pending_) + stream_at, secret.get()) != 0)
    throw damaged_at(name_, stream_at, "its header is not what was written");
  opened_ = true;
}

void Unsealer::pull(std::string_view chunk) {
  const bool whole = chunk.size() == sealed_chunk_size;
  if (chunk.size() < overhead) throw cut_off(name_, offset_ + chunk.size(), "within a chunk");
  plain_.resize(chunk.size() - overhead);
  unsigned char tag = 0;
  const int result = crypto_secretstream_xchacha20poly1305_pull(&state_, bytes_of(plain_), nullptr, &tag,
                                                                bytes_of(chunk), chunk.size(), nullptr, 0);
  if (result != 0) {
    throw damaged_at(name_, offset_,
                     whole ? "a chunk is not what was written"
                           : "its last chunk is not what was written, or was cut off at byte " +
                                 std::to_string(offset_ + chunk.size()));
  }
  ended_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  if (!ended_ && !whole) throw damaged_at(name_, offset_, "a chunk is shorter than chunks are");
  if (!plain_.empty()) out_(plain_);
}

std::string reseal_header(std::string_view header, const KeyRing& keys, std::string_view name) {
  if (header.size() != header_size) throw cut_off(name, header.size(), "within its header");
  const Secret secret = unwrap(header, keys, name);
  std::string made(header);
  keys.writing().id().copy(made.data() + id_at, id_size);
  wrap(made, keys.writing(), secret);
  return made;
}

}  // namespace repository
