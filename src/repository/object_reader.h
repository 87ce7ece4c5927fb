// One object of a recovery point on its way back: store → (opened) → decompressed → whoever wants it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "repository/keys.h"
#include "repository/manifest.h"
#include "store/object_store.h"

namespace repository {

using Sink = std::function<void(std::string_view)>;
// Bytes of the store that were read since the last call.
using Watcher = std::function<void(std::uint64_t)>;

// Hands the content to `sink`, in order. Throws Error(storage) that names the object and its store where the store's
// bytes or the content are not those that the manifest speaks of: what `sink` got until then is not to be used.
// Error(contract) where the object is sealed and `keys` is null or lacks the key.
void read_content(store::ObjectStore& store, const std::string& id, const StoredObject& object, const KeyRing* keys,
                  const Sink& sink, const Watcher& watcher = {});

// Reads every byte that is stored, and says what is wrong with it, if anything is: half a sentence. Needs no key.
std::optional<std::string> check_object(store::ObjectStore& store, const std::string& id, const StoredObject& object,
                                        const Watcher& watcher = {});

}  // namespace repository
