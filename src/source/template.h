// A literal's text made into SQL: what its holes and placeholders must stand for, so that it parses.
#pragma once

#include <optional>
#include <vector>

#include "source/program.h"

namespace source {

// The fragment that `literal` holds, its statements not yet found; nullopt where it is prose. What is unmistakably SQL
// and parses with no filling of its holes comes as a Problem in place of a fragment.
std::optional<Fragment> sql_in(const Literal& literal, std::vector<Problem>& problems);

}  // namespace source
