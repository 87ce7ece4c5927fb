// The part of a migration that is about where new ids come from.
#pragma once

#include <vector>

#include "guard/needs.h"
#include "guard/sql_text.h"

namespace guard {

// Functions that set a sequence: made to fail instead where they heal a conflict from rows, else a person's to change.
void write_functions(const std::vector<SettingFunction>& functions, SqlText& sql);

// Sequences: made, bounded, and a choice offered where their rows do not account for how far they came; and the
// functions that draw from them.
void write_sequences(const TableNeeds& needs, SqlText& sql);

}  // namespace guard
