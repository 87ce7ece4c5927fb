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

// Those of users that set one of `sequences` (schema, name). Which of them follow rows is what lint says.
std::vector<SettingFunction> read_setting_functions(const contract::Contract& contract, pg::Connection& connection,
                                                    const std::vector<std::pair<std::string, std::string>>& sequences);

// True where the words of `written` ("Own"."seq", own.seq) mean the sequence; without a schema, any of that name.
bool means(std::string_view written, const std::string& schema, const std::string& name);

// The PL/pgSQL body with its statements from `begin` to `end` (of each pair, in order) raising unique_violation.
std::string raise_instead(std::string_view body, const std::vector<std::pair<std::size_t, std::size_t>>& statements,
                          std::string_view sequence);

}  // namespace guard
