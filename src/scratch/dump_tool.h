// pg_dump, as it has to be started to read the database that a connection is to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "scratch/binaries.h"
#include "sys/process.h"

namespace scratch {

// Writes an archive in custom format to its standard output. `temporary`, which outlives it, gets a service file with
// everything the connection was made with; the password goes by the environment. Throws Error(tool) where there is no
// pg_dump that is new enough.
sys::Command dump_command(const pg::Connection& source, const Binaries& binaries,
                          const std::filesystem::path& temporary, const std::vector<std::string>& arguments);

}  // namespace scratch
