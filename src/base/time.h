// Instants and durations as people and files write them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace base {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Seconds = std::chrono::seconds;

// "2026-05-11T03:00:07.120Z" (RFC 3339, always UTC) and back; parse throws Error(input).
std::string to_rfc3339(Instant instant);
Instant parse_rfc3339(std::string_view text);

// "90s", "15m", "48h", "30d", "1w", "1y" (365 days). Throws Error(contract) on anything else, zero included.
Seconds parse_duration(std::string_view text);

// The same, and "500ms".
std::chrono::milliseconds parse_short_duration(std::string_view text);

// For people: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min", "4 days".
std::string humanise(std::chrono::milliseconds duration);

}  // namespace base
