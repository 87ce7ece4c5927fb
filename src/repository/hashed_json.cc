#include "repository/hashed_json.h"

#include <fmt/core.h>

#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace repository {

using nlohmann::json;

std::string to_hashed_json(std::string_view name, int version, const json& body, const Key* key) {
  const std::string sha256 = base::sha256_hex(body.dump());
  json file = {{"version", version}, {"sha256", sha256}, {std::string(name), body}};
  if (key) {
    const Mac mac = make_mac(*key, sha256);
    file["mac"] = {{"key", mac.key_id}, {"tag", mac.tag}};
  }
  return file.dump(1) + "\n";
}

HashedJson read_hashed_json(std::string_view name, int version, std::string_view text) {
  try {
    const json file = json::parse(text);
    if (const auto& found = file.at("version"); found != version) {
      throw base::Error(base::Code::storage, fmt::format("it is of version {}", base::one_line(found.dump(), 20)),
                        "use the pgrehearse that wrote it, or a newer one");
    }
    HashedJson read{.body = file.at(std::string(name)), .sha256 = file.at("sha256"), .mac = {}};
    if (read.sha256 != base::sha256_hex(read.body.dump()))
      throw base::Error(base::Code::storage, "its contents do not match its hash");
    if (const auto mac = file.find("mac"); mac != file.end())
      read.mac = Mac{.key_id = mac->at("key"), .tag = mac->at("tag")};
    return read;
  } catch (const json::exception&) {
    throw base::Error(base::Code::storage, "it was cut short or altered");
  }
}

json from_hashed_json(std::string_view name, int version, std::string_view text) {
  return read_hashed_json(name, version, text).body;
}

}  // namespace repository
