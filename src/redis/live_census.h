// The census (census.h) of a running server, by SCAN, TYPE and PEXPIRETIME: a server that was booted on an RDB file is
// asked whether it holds what a walk through that file counted.
//
// Every key of every database is asked about, and a database that changes meanwhile is gone through again, up to five
// times: for servers of one's own, not for one in production.
#pragma once

#include <optional>

#include "base/time.h"
#include "redis/census.h"
#include "redis/client.h"

namespace redis {

// Leaves the connection on some database. Before 7.0, which tell the remaining time only, expiries are not exact.
// Throws Error(server) where a database does not come to rest, where the server's clock has passed the horizon at the
// end, and what Client throws.
Census take_census(Client& client, std::optional<base::Instant> horizon = {});

}  // namespace redis
