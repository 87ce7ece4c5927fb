// One object of a recovery point on its way to every store at once: content → zstd → (sealed) → stores, hashed at both
// ends, in bounded memory and nothing of it on a local disk but where a store is one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "repository/keys.h"
#include "repository/manifest.h"
#include "repository/targets.h"

namespace repository {

// What pg_dump -Fc takes with zlib's default, zstd's default is smaller and several times faster than.
inline constexpr int default_level = 3;

class ObjectWriter {
 public:
  // An object `name` of the point `id`. `targets` and `keys` (null: not sealed) outlive it.
  ObjectWriter(Targets& targets, const std::string& id, std::string name, const KeyRing* keys,
               int level = default_level);
  ~ObjectWriter();  // without finish(): no store ever shows it
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  // Throws Error(storage) where no store is left.
  void write(std::string_view content);
  // Makes it durable in every store that is left.
  StoredObject finish();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// What goes into a store as it is: manifests, evidence.
void publish(Targets& targets, const std::string& key, std::string_view bytes);

}  // namespace repository
