// Long lists of constants cut short, so that parsing a statement costs its structure and not its data.
#pragma once

#include <string>
#include <string_view>

namespace sql {

// `statement` without the items beyond the first few of every comma list that hold nothing but constants: the further
// rows of INSERT … VALUES, the further ids of IN (…). Names, function calls and structure all stay.
std::string condense(std::string_view statement);

}  // namespace sql
