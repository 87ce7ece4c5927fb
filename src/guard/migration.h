// The migration that brings a database under its contract, as SQL for a person to read and to run.
#pragma once

#include <string>

#include "guard/needs.h"

namespace guard {

struct MigrationContext {
  std::string contract;  // its file
  std::string database;  // for people, without secrets
};

// Pure text. Every statement may be run on a database in use: those that need an exclusive lock need it for a moment
// and give up after lock_timeout, and those that read or write many rows lock out nobody. Only what is missing is in
// it; where nothing is, it holds comments alone. `lint` finds nothing in it.
std::string write_migration(const Needs& needs, const MigrationContext& context);

}  // namespace guard
