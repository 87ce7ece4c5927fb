// Values that no run has in common with another one, and that nothing can prove therefore.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rehearse/definitions.h"
#include "rehearse/plan.h"

namespace rehearse {

// What makes them, in the words of code.
const std::set<std::string>& random_words();

// A sentence for each of the plan's scripts that says one of these words in its own text. `reach`: code_in_reach(),
// asked for them.
std::vector<std::string> random_values(const std::vector<Code>& reach, const Plan& plan);

}  // namespace rehearse
