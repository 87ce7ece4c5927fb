// What makes a recovery point exist: its manifest, written last. Specified in docs/formats/repository.md.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "contract/backups.h"
#include "repository/mac.h"

namespace repository {

// One object of a point: content → zstd → (sealed) → the bytes in the store.
struct StoredObject {
  std::string name;  // "dump.pgdump.zst", in the point's folder
  std::uint64_t bytes = 0;
  std::string sha256;  // of the bytes in the store
  std::uint64_t content_bytes = 0;
  std::string content_sha256;  // of what was compressed
  std::string key_id;          // of the key it is sealed with; empty: not sealed
};

struct TableRows {
  std::string schema;
  std::string name;
  std::int64_t rows = 0;
  bool operator==(const TableRows&) const = default;
};

// What the contract's audit said when the backup was taken: rule and table of each error or warning.
struct AuditState {
  std::vector<std::pair<std::string, std::string>> findings;
};

// A database, wherever it is connected to from: by its cluster and its name there. Of Redis: no cluster, and where the
// server is.
struct Source {
  std::string system_identifier;
  std::string database;
  auto operator<=>(const Source&) const = default;
};

struct DatabaseFacts {
  std::string database;
  int major = 0;
  std::string version;  // of the server, "15.20"
  std::string system_identifier;
  std::string encoding;
  std::vector<TableRows> tables;  // in the dump's own snapshot
  std::optional<AuditState> audit;
  std::optional<Source> continues;  // what these tiers' points were of before it: lines.h
};

struct RedisDatabase {
  int index = 0;
  std::map<std::string, std::uint64_t> keys;  // by type
  std::uint64_t expiring = 0;                 // keys with a TTL
  std::string names;                          // digest of names and types, whatever their order: redis/census.h
  std::string expiries;                       // digest of names, types and expiries
  bool operator==(const RedisDatabase&) const = default;
};

struct RedisFacts {
  std::string server;                    // where it is: Redis has no name of its own that outlives a restart
  std::optional<std::string> continues;  // the server that these tiers' points were of before it: lines.h
  std::string version;
  std::vector<RedisDatabase> databases;
};

struct Manifest {
  static constexpr int version = 1;
  std::string id;
  std::string tier;
  contract::What what = contract::What::dump;
  base::Instant taken{};     // of the snapshot: what was committed later is not in it
  base::Instant finished{};  // when the last object was durable
  std::string source;        // for people, without secrets
  std::string program;       // "pgrehearse 0.1.0"
  std::vector<StoredObject> objects;
  std::optional<DatabaseFacts> database;  // exactly one of the two
  std::optional<RedisFacts> redis;
  std::string sha256;      // of the body that was read
  std::optional<Mac> mac;  // as it was read

  std::uint64_t bytes() const;  // of all objects, as stored
  const StoredObject* find(std::string_view name) const;
};

Source source_of(const Manifest& manifest);
// What it says that its source continues, and saying it.
std::optional<Source> continues_of(const Manifest& manifest);
void set_continues(Manifest& manifest, const std::optional<Source>& before);

// How a person restores a dump. The archive sets its database up before it fills it, and may let it be read only.
inline constexpr const char* pg_restore_by_hand =
    "PGOPTIONS='-c default_transaction_read_only=off' pg_restore --create --no-tablespaces";
inline constexpr const char* about_tablespaces =
    "# a database in a tablespace of its own: make that first, or make the database and leave out --create";

// With its hash, the commands that restore it without us, and a final newline; with the seal of the ring's first key,
// where there is a ring.
std::string to_json(const Manifest& manifest, const KeyRing* keys);

// Throws Error(storage), with half a sentence, on anything that to_json() does not write: cut short, altered, of a
// newer version, or not of the point `id`.
Manifest parse_manifest(std::string_view text, const std::string& id);

}  // namespace repository
