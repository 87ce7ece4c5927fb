// Every byte of a recovery point against its hash.
#pragma once

#include <string>

#include "repository/contents.h"
#include "repository/evidence.h"
#include "repository/object_reader.h"
#include "repository/targets.h"
#include "store/object_store.h"

namespace repository {

// Needs no key: the hashes are of what is stored. One check for the manifest and one for each object; the evidence is
// not stored yet. `watcher` gets the bytes as they are read.
Evidence verify_point(const Target& target, const Point& point, const std::string& program,
                      const Watcher& watcher = {});

// Evidence in its place in the store whose copy it speaks of.
void keep_evidence(store::ObjectStore& store, const Evidence& evidence);

// The manifest as it lies in the store, hashed: what evidence speaks of.
std::string manifest_hash(store::ObjectStore& store, const std::string& id);

}  // namespace repository
