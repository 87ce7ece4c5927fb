// Statements whose words alone show that no rule is about them, so that no tree is made of them.
#pragma once

#include <string_view>

#include "lint/tables.h"
#include "source/fragment.h"

namespace lint {

// True for an INSERT that names its columns and not the id, and for a DELETE or UPDATE, where no contract asks for a
// population, that says nothing of an id and asks for a column's value first of all. False tells nothing. `words` are
// the statement's.
bool is_plainly_harmless(std::string_view statement, source::Word words, const Tables& tables);

}  // namespace lint
