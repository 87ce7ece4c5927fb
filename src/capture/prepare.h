// Makes a scratch database tell everything that happens in it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace capture {

// Idempotent, superuser, once per image: a publication for all tables, REPLICA IDENTITY FULL on every table, unlogged
// tables made logged, and event triggers (in schema pgrehearse) that do the same for what a script creates or alters
// and that report through logical messages what the stream does not carry:
//   "drop OID"                 a table was dropped
//   "rewrite OID"              a table is about to be rewritten (ALTER TYPE, volatile DEFAULT, SET UNLOGGED …)
//   "filled OID"               a table was created with rows that the stream cannot carry (CREATE UNLOGGED TABLE AS)
//   "refresh SCHEMA.NAME"      a materialised view was refreshed
// They work for scripts of any role, also under session_replication_role = replica, and do not change what a script
// sees of its own tables, save that none of them is unlogged. Event triggers of the database itself do not see what we
// do.
//
// Not reached: a table made by EXPLAIN ANALYZE CREATE TABLE AS, which fires no event trigger (the server then refuses
// to update its rows); tables with virtual generated columns (PostgreSQL 18), which are not streamed, and must be
// compared. Where the database holds none yet, a script that makes such a table cannot update its rows here.
void prepare(pg::Connection& superuser);

// What happened that no change stream can show, found by looking at the server's counters: large objects written, say.
// Call unseen_baseline() before the script's sessions are opened, and unseen_since() after they are closed: a session
// hands in its counts when it ends at the latest, and unseen_since() waits for those that are on their way out.
struct Unseen {
  long long large_objects = 0;  // inserts + updates + deletes on pg_largeobject and its metadata so far
  std::set<int> sessions;       // process ids of those that were there already
};
Unseen unseen_baseline(pg::Connection& superuser);
// A sentence each, for the report.
std::vector<std::string> unseen_since(pg::Connection& superuser, const Unseen& baseline);

}  // namespace capture
