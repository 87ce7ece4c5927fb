// The part of a migration that is about where new ids come from.
#pragma once

#include <vector>

#include "guard/needs.h"
#include "guard/sql_text.h"

namespace guard {

// Functions that set a sequence: made to fail instead, or named for a person to change.
void write_functions(const std::vector<SettingFunction>& functions, SqlText& sql);

// Sequences: made, bounded, set back to where they were carried off; and the functions that draw from them.
void write_sequences(const TableNeeds& needs, SqlText& sql);

}  // namespace guard
