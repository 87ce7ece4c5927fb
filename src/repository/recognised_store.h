// A store that is known again: a directory that is not mounted, or a bucket that somebody emptied, is no empty store.
//
// A store that holds anything of ours holds `repository.json`, with an id that is drawn when its first object is
// written. This machine remembers the id of each store that it has seen (MEMORY/HASH.json). Where the store shows
// another one later, or none, nothing is read from it and nothing written to it: every call throws Error(storage), and
// says what to do. docs/formats/repository.md specifies both.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "store/object_store.h"

namespace repository {

inline constexpr std::string_view identity_key = "repository.json";

// `memory` is the directory of what is remembered, made when there is something to remember. Where that cannot be, the
// store works, and is not known again. Looks at the store when it is first used, once.
std::unique_ptr<store::ObjectStore> recognise(std::unique_ptr<store::ObjectStore> store, std::filesystem::path memory);

// The directory at or above `path` that is a store's, by its mark.
std::optional<std::filesystem::path> store_around(const std::filesystem::path& path);

}  // namespace repository
