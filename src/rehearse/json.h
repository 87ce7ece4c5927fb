// A plan as JSON (docs/formats/plan.md) and back.
#pragma once

#include <string>
#include <string_view>

#include "rehearse/plan.h"

namespace rehearse {

// Pretty-printed, with a final newline. Keys stand in the order of the specification.
std::string to_json(const Plan& plan);

// Throws Error(input) on anything that to_json does not write, and on a newer version.
Plan plan_from_json(std::string_view text);

}  // namespace rehearse
