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

// Those of users whose text calls setval, or restarts a sequence, and names one of `sequences` (schema, name).
std::vector<SettingFunction> read_setting_functions(pg::Connection& connection,
                                                    const std::vector<std::pair<std::string, std::string>>& sequences);

// The PL/pgSQL body with every PERFORM that calls setval on `name` raising unique_violation in its place; nullopt where
// setval or RESTART would still be in it.
std::optional<std::string> raise_instead(std::string_view body, std::string_view name);

}  // namespace guard
