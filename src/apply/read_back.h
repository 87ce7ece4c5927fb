// The proof of rows that we wrote ourselves, before COMMIT.
#pragma once

#include <map>
#include <string>

#include "apply/counters.h"
#include "changeset/file.h"
#include "pg/connection.h"

namespace apply {

// Reads every row of `net` back: those inserted or updated must look as they should, those deleted be gone; and the
// server must have counted `written` and no row more, in no other table. Together: exactly `net` was done. In the
// pinned session that wrote. Throws Error(refused) with what differs.
void read_back(pg::Connection& session, const changeset::Reader& net,
               const std::map<std::string, rehearse::Counts>& written, const Counters& counters);

}  // namespace apply
