// PostgreSQL's client programs, as they have to be started to work on the database that a connection is to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "scratch/binaries.h"
#include "sys/process.h"

namespace scratch {

// Lets `command`, one of PostgreSQL's client programs, work on the database that `connection` is to, as it was reached:
// by a service file in `temporary`, which outlives the program; the password goes by the environment.
void reach(const pg::Connection& connection, const std::filesystem::path& temporary, sys::Command& command);

// Writes an archive in custom format to its standard output; its time is in UTC. `temporary`, which outlives it, gets a
// service file with everything the connection was made with; the password goes by the environment. Throws Error(tool)
// where there is no pg_dump that is new enough.
sys::Command dump_command(const pg::Connection& source, const Binaries& binaries,
                          const std::filesystem::path& temporary, const std::vector<std::string>& arguments);

}  // namespace scratch
