// A live Redis as one consistent RDB snapshot, on its way to every store of a tier.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "redis/census.h"
#include "repository/keys.h"
#include "repository/manifest.h"
#include "repository/targets.h"

namespace backup {

// Writes the object into `targets` under `manifest.id`, and says in `manifest` what it holds: keys by type and
// expiries, read off the snapshot itself as it passes. `admit` is called once it is known which server it is, before
// anything is written. Errors: server, storage (no store is left, or the snapshot is
// damaged), interrupted.
void snapshot_redis(const std::string& url, repository::Targets& targets, const repository::KeyRing* keys,
                    const std::function<void()>& beat, repository::Manifest& manifest,
                    const std::function<void()>& admit);

// What a census says, as a manifest has it.
std::vector<repository::RedisDatabase> to_facts(const redis::Census& census);

}  // namespace backup
