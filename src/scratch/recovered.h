// What a physical copy lacks once it has recovered, fetched from its source: rows of unlogged tables, and sequences as
// they really stand (recovery takes them up to 32 values ahead, and unlogged ones back to their start).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pg/connection.h"

namespace scratch {

// `source` and `draft` are the same database, and `draft` its recovered copy. Rows pass through a file in `temporary`.
// What cannot be read becomes a note.
void fill_unlogged_tables(pg::Connection& source, pg::Connection& draft, const std::filesystem::path& temporary,
                          std::vector<std::string>& notes);
void correct_sequences(pg::Connection& source, pg::Connection& draft);

}  // namespace scratch
