// A consistent snapshot of a live Redis server: the RDB file that it would give a new replica, as a stream.
//
// We say that we are a replica that wants nothing but the RDB (REPLCONF, PSYNC ? -1; SYNC where the server is older
// than 2.8) and leave as soon as we have it. Everything in it is as it was at one instant, expiries included. What that
// does to the server:
//  - it forks once, unless a save for another replica has just begun; while the child writes, pages that are written to
//    are copied, in the worst case as much memory as the data set takes;
//  - with `repl-diskless-sync` (the default since 7.0) the child writes to the socket after `repl-diskless-sync-delay`
//    seconds (5 by default); without it the server first saves to its own disk, onto its own dump file;
//  - it counts us as a replica in the meantime, and writes while we are slow cost it nothing (`rdb-only`, since 7.0) or
//    stay in our output buffer up to `client-output-buffer-limit replica`. The callback may not pause for longer than
//    `repl-timeout` (60 s by default).
//
// Forbidden by: an ACL without +psync (and +sync, +replconf, +info, +ping), managed services, sentinels, replicas
// without their master. A node of a cluster has a part of the keys, and is refused unless the options say otherwise.
// Source: redis.io, "Redis replication", "Redis serialization protocol"; the payload's two forms are `$SIZE\r\n` and
// `$EOF:MARK\r\n … MARK`, with newlines before it that keep the connection alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "redis/address.h"

namespace redis {

struct SnapshotOptions {
  bool part_of_cluster = false;      // a cluster's node is wanted, and known to hold a part of the keys
  std::chrono::seconds silence{60};  // how long the server may say nothing
};

struct Snapshot {
  std::string server_version;
  std::string role;            // "master" or "slave", as INFO has it
  std::string replication_id;  // with `offset`: the instant, in the server's history; empty before 2.8
  std::int64_t offset = 0;
  std::uint64_t bytes = 0;  // of the RDB
  bool diskless = false;
};

// Calls `each` with the RDB file's bytes from its first to its last, in pieces of at most 64 KiB. What they are is not
// looked at: rdb.h does that. Errors: server, refused (a cluster's node), interrupted, and what `each` throws; the
// connection is closed in every case. Main thread only.
Snapshot take_snapshot(const Address& address, const SnapshotOptions& options,
                       const std::function<void(std::string_view)>& each);

}  // namespace redis
