// JSON that knows whether it is what was written: {"version", "sha256", NAME: {…}}, the hash of the body as it is
// dumped, and, where a key is given, by whom: "mac".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "repository/mac.h"

namespace repository {

std::string to_hashed_json(std::string_view name, int version, const nlohmann::json& body, const Key* key = nullptr);

struct HashedJson {
  nlohmann::json body;
  std::string sha256;
  std::optional<Mac> mac;  // as it stands there: seal_of() judges it
};
// Throws Error(storage), with half a sentence, where the text is not what to_hashed_json() wrote.
HashedJson read_hashed_json(std::string_view name, int version, std::string_view text);
// The body alone.
nlohmann::json from_hashed_json(std::string_view name, int version, std::string_view text);

}  // namespace repository
