#include "repository/point_id.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/hash.h"

namespace repository {

namespace {

constexpr std::size_t time_width = 16;   // 20260511T030007Z
constexpr std::size_t random_bytes = 4;  // two machines in one second

bool is_tier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '-' || c == '_';
  });
}

}  // namespace

std::string compact_time(base::Instant instant) {
  std::string text = base::to_rfc3339(instant).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::optional<base::Instant> parse_compact_time(std::string_view text) {
  if (text.size() != time_width) return std::nullopt;
  const std::string full = fmt::format("{}-{}-{}:{}:{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 5),
                                       text.substr(11, 2), text.substr(13));
  try {
    const base::Instant instant = base::parse_rfc3339(full);
    if (compact_time(instant) == text) return instant;
  } catch (const base::Error&) {
    // Not a time: the answer, not a failure.
  }
  return std::nullopt;
}

std::string new_point_id(base::Instant taken, const std::string& tier) {
  return fmt::format("{}-{}-{}", compact_time(taken), tier, base::random_hex(random_bytes));
}

std::optional<PointId> parse_point_id(std::string_view id) {
  constexpr std::size_t tail = 2 * random_bytes;
  if (id.size() < time_width + 1 + 1 + 1 + tail || id[time_width] != '-' || id[id.size() - tail - 1] != '-')
    return std::nullopt;
  const std::string_view random = id.substr(id.size() - tail);
  if (random.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  const std::string_view tier = id.substr(time_width + 1, id.size() - tail - 1 - time_width - 1);
  const auto taken = parse_compact_time(id.substr(0, time_width));
  if (!taken || !is_tier(tier)) return std::nullopt;
  return PointId{*taken, std::string(tier)};
}

std::string object_key(const std::string& id, std::string_view name) {
  return fmt::format("{}{}/{}", points_prefix, id, name);
}

std::optional<std::string> point_of_key(std::string_view key) {
  if (!key.starts_with(points_prefix)) return std::nullopt;
  key.remove_prefix(points_prefix.size());
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || !parse_point_id(key.substr(0, slash))) return std::nullopt;
  return std::string(key.substr(0, slash));
}

}  // namespace repository
