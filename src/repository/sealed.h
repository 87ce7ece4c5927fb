// Objects that only the holder of a key can read, and that nobody without it can alter, cut off or pass off as another
// one: XChaCha20-Poly1305 in chunks of 64 KiB (libsodium's secretstream), with a data key of the object's own that the
// repository's key seals in its header. docs/formats/sealed.md specifies every byte.
//
// A sealer and an unsealer hold one chunk, whatever the size of the object; the key ring outlives both. One thread at a
// time.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "repository/keys.h"

namespace repository {

using Bytes = std::function<void(std::string_view)>;

// How large `plain` bytes are, sealed.
std::uint64_t sealed_size(std::uint64_t plain);

// Whether an object that begins with `front` (at least 8 bytes) is sealed.
bool is_sealed(std::string_view front);

class Sealer {
 public:
  // `name` is the object's key in the store, which has to be given again to open it; `out` gets the sealed bytes, the
  // first of them before this returns.
  Sealer(const KeyRing& keys, std::string_view name, Bytes out);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  void write(std::string_view bytes);
  // Without it the object counts as cut off. Last.
  void finish();

 private:
  void push(std::string_view chunk, unsigned char tag);

  Bytes out_;
  std::string pending_;  // at most one chunk, which is not known to be no last one
  std::string sealed_;
  crypto_secretstream_xchacha20poly1305_state state_{};
};

// Says what is wrong: Error(contract) where the ring lacks the key (with its id), else Error(storage): no sealed
// object, another object's name, damage and where, an end that is missing. What was given to `out` before was sound.
class Unsealer {
 public:
  Unsealer(const KeyRing& keys, std::string_view name, Bytes out);
  ~Unsealer();
  Unsealer(const Unsealer&) = delete;
  Unsealer& operator=(const Unsealer&) = delete;

  void write(std::string_view sealed);
  // After the last byte. Throws where the object is not whole.
  void finish();

 private:
  void open_header();
  void pull(std::string_view chunk);

  const KeyRing& keys_;
  std::string name_;
  Bytes out_;
  std::string pending_;  // the header, then at most one chunk
  std::string plain_;
  std::uint64_t offset_ = 0;  // of pending_ in the object
  bool opened_ = false;
  bool ended_ = false;
  crypto_secretstream_xchacha20poly1305_state state_{};
};

// The header of a sealed object, made anew so that another key opens it (`keys`' first one); the rest of the object
// stays as it is. For rotations that do not wait for retention. `header` is the object's first header_size bytes.
inline constexpr std::size_t header_size = 156;
std::string reseal_header(std::string_view header, const KeyRing& keys, std::string_view name);

}  // namespace repository
