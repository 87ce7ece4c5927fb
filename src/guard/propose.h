// A contract proposed from what a survey found, each guess explained beside it.
#pragma once

#include <string>

#include "guard/survey.h"

namespace guard {

// The text of a pgrehearse.toml, which contract::parse() takes. `database` names the source for people. The survey has
// at least one candidate.
std::string propose_contract(const Survey& survey, const std::string& database);

}  // namespace guard
