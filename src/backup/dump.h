// The database as one consistent snapshot, by the server's own pg_dump, on its way to every store of a tier.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "pg/connection.h"
#include "repository/keys.h"
#include "repository/manifest.h"
#include "repository/targets.h"

namespace backup {

// Writes the objects of a dump into `targets` under `manifest.id`, and says in `manifest` what they hold: source,
// database, objects, and when the snapshot was taken. pg_dump and the counting of rows read the same exported snapshot
// at the same time; nothing is written to a local disk. `beat` is called now and then (to keep a claim alive), `admit`
// once it is known what database it is, before anything is written. Errors: server, tool (no pg_dump of that major
// version; it failed), storage (no store is left), interrupted.
void dump_database(const std::string& url, repository::Targets& targets, const repository::KeyRing* keys,
                   const std::function<void()>& beat, repository::Manifest& manifest,
                   const std::function<void()>& admit);

}  // namespace backup
