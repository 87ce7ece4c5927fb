// Functions of the database that set a sequence, and what they would be if they failed instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guard/needs.h"
#include "pg/connection.h"

namespace guard {

// Those in which lint finds that one of `sequences` (schema, name) is set from rows. What sets another sequence, or
// sets one to what it gave itself or to a number that is written down, is left alone.
std::vector<SettingFunction> read_setting_functions(const contract::Contract& contract, pg::Connection& connection,
                                                    const std::vector<std::pair<std::string, std::string>>& sequences);

// The PL/pgSQL body with every PERFORM that calls setval on `name`, in the handler of a unique_violation, raising that
// in its place; nullopt where setval or RESTART would still be in it.
std::optional<std::string> raise_instead(std::string_view body, std::string_view name);

}  // namespace guard
