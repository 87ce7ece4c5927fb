// Reaching a server: the connection's start, without blocking, and its failures in words.
#pragma once

#include <map>
#include <string>

#include "pg/connection.h"
#include "pg/exchange.h"

namespace pg {

// Connects as Connection::open promises. What `parameters` leave out comes from libpq's own sources: PG* variables, a
// service file, ~/.pgpass. Several hosts are tried in turn. Gives up after connect_timeout seconds for each of them (10
// where nothing says otherwise; 0: never).
ConnectionHandle connect(const Parameters& parameters, const std::map<std::string, std::string>& options);

}  // namespace pg
