// What a script leaves to COMMIT: deferred constraints and triggers, and the queries of cursors that are held past the
// end. Whatever these do to rows has to be done when the proof looks.
#pragma once

#include "pg/connection.h"

namespace apply {

// Does it now, in the session's open transaction and in the order of COMMIT (src/backend/access/transam/xact.c,
// CommitTransaction): triggers, which may defer others again, then cursors, then triggers once more. Held cursors are
// read to their end and closed: nobody could read them afterwards. False where it does not come to rest. Throws
// Error(server) as COMMIT would.
bool come_to_rest(pg::Connection& session);

}  // namespace apply
