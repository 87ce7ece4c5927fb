// The keys that a repository's objects are sealed with (sealed.h): one writes, all read.
//
// A key ring is text: one key of 32 bytes a line, as 64 hexadecimal digits or as base64 (44 characters, or 43 without
// the padding); blank lines and what follows a # do not count. The first key seals what is written from now on, every
// one opens what it sealed: a rotation puts a new key on top, and an old one is taken out once nothing sealed with it
// is kept. Keys lie in memory that is locked, guarded and zeroed (libsodium's secure memory). No message holds any part
// of one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace repository {

// Memory for secrets, zeroed when it goes.
struct FreeSecret {
  void operator()(unsigned char* bytes) const;
};
using Secret = std::unique_ptr<unsigned char[], FreeSecret>;
Secret make_secret(std::size_t size);

inline constexpr std::size_t key_size = 32;

class Key {
 public:
  // Of `key_size` bytes.
  explicit Key(Secret bytes);
  const unsigned char* bytes() const { return bytes_.get(); }
  // Names the key in objects and messages: the first 16 hexadecimal digits of BLAKE2b-256("pgrehearse key id 1" ‖ key).
  const std::string& id() const { return id_; }

 private:
  Secret bytes_;
  std::string id_;
};

class KeyRing {
 public:
  // Throws Error(contract) on a line that is no key, a key that is there twice, and where there is none; `origin` names
  // the text in messages.
  static KeyRing parse(std::string_view text, std::string_view origin);
  // Also throws Error(storage) where the file cannot be read, and Error(refused) where others may read it: beyond its
  // owner where that is us, beyond its group where it is somebody else.
  static KeyRing read_file(const std::filesystem::path& path);
  // Of the contract's key = "env:NAME". Throws Error(contract) where it names no variable (a contract holds no key), or
  // one that is not set.
  static KeyRing from_reference(std::string_view reference);

  const Key& writing() const { return keys_.front(); }
  // Null where the ring lacks it.
  const Key* find(std::string_view id) const;
  const std::vector<Key>& keys() const { return keys_; }
  // For messages: "the file /etc/pgrehearse/keys", "the variable PGREHEARSE_KEY".
  const std::string& origin() const { return origin_; }

 private:
  std::vector<Key> keys_;
  std::string origin_;
};

// A new key, as a ring's line has it: 64 random hexadecimal digits and a comment with its id. Put above the lines that
// are there.
std::string new_key_line();

}  // namespace repository
