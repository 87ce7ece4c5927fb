// Words of a text, whatever their case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lint {

// What identifiers are made of, in lower case: of "maxId + last_row" max, id, last and row.
std::vector<std::string> parts_of_names(std::string_view text);

}  // namespace lint
