// Recovery points for tests, as a backup would leave them in a store.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/error.h"
#include "repository/manifest.h"
#include "repository/object_writer.h"
#include "repository/point_id.h"
#include "repository/targets.h"
#include "store/memory_store.h"
#include "sys/clock.h"

namespace repository {

inline base::Instant at(const std::string& time) {
  return base::parse_rfc3339(time);
}

inline Targets targets_of(const std::shared_ptr<store::ObjectStore>& store) {
  return Targets({{.name = "memory", .store = store}});
}

inline DatabaseFacts shop() {
  return {.database = "shop", .major = 15, .version = "15.20", .system_identifier = "7"};
}

// A whole point of `tier`, taken `taken`. Returns its id.
inline std::string add_point(const std::shared_ptr<store::ObjectStore>& store, const std::string& tier,
                             base::Instant taken, const KeyRing* keys = nullptr, const DatabaseFacts& facts = shop()) {
  Targets targets = targets_of(store);
  Manifest manifest{.id = new_point_id(taken, tier), .tier = tier, .taken = taken, .finished = taken};
  manifest.source = "app@db:5432/shop";
  manifest.program = "pgrehearse test";
  manifest.database = facts;
  ObjectWriter object(targets, manifest.id, "dump.pgdump.zst", keys);
  object.write("PGDMP, or so");
  manifest.objects.push_back(object.finish());
  publish(targets, object_key(manifest.id, manifest_name), to_json(manifest, keys));
  return manifest.id;
}

// Puts `bytes` in the place of an object, as damage would.
inline void replace(store::ObjectStore& store, const std::string& key, const std::string& bytes) {
  store.remove(key);
  store::write_object(store, key, bytes);
}

inline std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error.message();
  }
  ADD_FAILURE() << "no error";
  return {};
}

class ARepository : public testing::Test {
 protected:
  std::shared_ptr<store::MemoryStore> store = std::make_shared<store::MemoryStore>();
  base::Instant now = sys::now();
};

}  // namespace repository
