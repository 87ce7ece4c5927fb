// SQL in a command line that is itself a string of a program.
#pragma once

#include <optional>

#include "source/program.h"

namespace source {

// What "psql … -c 'DELETE …'" hands to psql; nullopt: the string is no such command line.
std::optional<Literal> handed_to_psql(const Literal& literal);

}  // namespace source
