// Numbers that a program puts into RESTART WITH or setval.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "lint/effort.h"
#include "lint/statement.h"
#include "lint/tables.h"
#include "source/fragment.h"

namespace lint {

// A hit where the program's own words (max_id, User.maximum) say that the number was read from rows, or it is one of
// `computed`, the variables of a routine that queries filled.
std::optional<Hit> sequence_from_program(const source::Fragment& fragment, const source::Statement& statement,
                                         const std::set<std::string, std::less<>>& computed, const Tables& tables,
                                         Effort& effort);

}  // namespace lint
