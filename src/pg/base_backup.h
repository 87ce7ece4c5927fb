// A physical copy of a running server, primary or standby, through BASE_BACKUP (manual: "Streaming Replication
// Protocol"), PostgreSQL 15 on.
//
// The source's role needs the REPLICATION attribute, and pg_hba.conf a line that lets it in for replication. On the
// source only a temporary slot is made, which keeps the WAL that the copy needs and is gone with the connection; where
// there is no room for one, the copy goes on without it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/lsn.h"
#include "pg/connection.h"

namespace pg {

struct BaseBackup {
  std::uint64_t bytes = 0;  // of all files written
  base::Lsn start;          // the WAL position from which a server that is started on it recovers
  base::Lsn end;            // and the one at which it is consistent
};

// Copies the whole cluster into the empty directory `to`, ready to be started: files (0600), directories (0700),
// backup_label and the WAL needed for consistency, owned by sys::server_account() where we are root. Configuration
// files are the source's own; standby.signal and recovery.signal are left out. Tablespaces are laid out inside it
// (pg_tblspc/OID as directories, not links), so that the copy is whole: a server that is started on it needs
// allow_in_place_tablespaces=on, without which its recovery takes those directories for damage.
// `progress` gets bytes done and the server's estimate of all, at least once. Nothing is flushed to disk.
// Throws Error(server), Error(storage) (a full disk says so, and one that is too small does before anything is written)
// and Error(interrupted); what was written by then stays.
BaseBackup take_base_backup(const Parameters& source, const std::filesystem::path& to,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress);

// Whether an error of take_base_backup() says that this role, or this server, gives no physical copies at all, while
// ordinary connections may still work: no REPLICATION attribute (42501), pg_hba.conf rejects replication (28000), a
// connection pooler that does not know it (08P01), no free max_wal_senders (53300), wal_level=minimal (55000).
bool refused_replication(const base::Error& error);

}  // namespace pg
