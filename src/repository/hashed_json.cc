#include "repository/hashed_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace repository {

using nlohmann::json;

std::string to_hashed_json(std::string_view name, int version, const json& body) {
  const json file = {{"version", version}, {"sha256", base::sha256_hex(body.dump())}, {std::string(name), body}};
  return file.dump(1) + "\n";
}

json from_hashed_json(std::string_view name, int version, std::string_view text) {
  try {
    json file = json::parse(text);
    if (const auto& found = file.at("version"); found != version) {
      throw base::Error(base::Code::storage, fmt::format("it is of version {}", base::one_line(found.dump(), 20)),
                        "use the pgrehearse that wrote it, or a newer one");
    }
    json body = file.at(std::string(name));
    if (file.at("sha256") != base::sha256_hex(body.dump()))
      throw base::Error(base::Code::storage, "its contents do not match its hash");
    return body;
  } catch (const json::exception&) {
    throw base::Error(base::Code::storage, "it was cut short or altered");
  }
}

}  // namespace repository
