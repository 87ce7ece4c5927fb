// JSON that knows whether it is what was written: {"version", "sha256", NAME: {…}}, the hash of the body as it is
// dumped.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace repository {

std::string to_hashed_json(std::string_view name, int version, const nlohmann::json& body);

// The body. Throws Error(storage), with half a sentence, where the text is not what to_hashed_json() wrote.
nlohmann::json from_hashed_json(std::string_view name, int version, std::string_view text);

}  // namespace repository
