// What shows that a manifest was written by somebody who holds a key: a keyed hash over the hash of its body. Without
// it whoever may write to a store could put a point of his own there, and say that it is not sealed. Specified in
// docs/formats/sealed.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repository/keys.h"

namespace repository {

struct Mac {
  std::string key_id;
  std::string tag;  // 64 hexadecimal digits
};

// `sha256` is the body's hash in hexadecimal digits.
Mac make_mac(const Key& key, std::string_view sha256);

enum class Seal {
  none,
  right,
  wrong,    // altered, or made by somebody without the key
  unknown,  // of a key that is not here
};
Seal seal_of(const std::optional<Mac>& mac, std::string_view sha256, const KeyRing& keys);

inline constexpr std::string_view no_seal = "it bears no seal: whoever may write to the store can have put it there";

// Whose manifests count.
struct Trust {
  const KeyRing* keys = nullptr;  // those that one of them sealed; null: everybody's
  bool unsealed = false;          // and, because a person says so, those that bear no seal
};
bool is_relied_on(const Trust& trust, const std::optional<Mac>& mac, std::string_view sha256);

}  // namespace repository
