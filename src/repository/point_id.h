// Names of recovery points, and where in a store their parts lie (docs/formats/repository.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace repository {

inline constexpr std::string_view points_prefix = "points/";
inline constexpr std::string_view evidence_prefix = "evidence/";
inline constexpr std::string_view claims_prefix = "claims/";
inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view dump_object = "dump.pgdump.zst";
inline constexpr std::string_view roles_object = "roles.sql.zst";
inline constexpr std::string_view rdb_object = "dump.rdb.zst";

// "20260511T030007Z-hourly-a1b2c3d4": when, of which tier, and what makes it unique. Ids sort by time.
std::string new_point_id(base::Instant taken, const std::string& tier);

struct PointId {
  base::Instant taken{};  // to the second
  std::string tier;
};
// nullopt where `id` is none.
std::optional<PointId> parse_point_id(std::string_view id);

// "20260511T030007Z" and back; nullopt where it is none.
std::string compact_time(base::Instant instant);
std::optional<base::Instant> parse_compact_time(std::string_view text);

// "points/ID/NAME".
std::string object_key(const std::string& id, std::string_view name);
// The point that the key of an object belongs to; nullopt where it belongs to none.
std::optional<std::string> point_of_key(std::string_view key);

}  // namespace repository
