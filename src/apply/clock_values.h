// Readings of the clock among a row's values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apply/run_window.h"

namespace apply {

// A token where `value`, of a date or timestamp type as format_type() spells it, is a reading of the clock while `run`
// ran, a second's rounding allowed: "(now)"; or the day on which it ran, for a timestamp where that begins: "(today)".
// Types without a zone hold local time: a whole number of quarter hours away from UTC, at most 15 hours, which stands
// in the token. Values are spelt in ISO style, as PostgreSQL's texts or its JSON have it, in UTC unless they say
// another zone.
std::optional<std::string> clock_token(std::string_view type, std::string_view value, const RunWindow& run);

// The same where `value` may also be so many days, hours or times five minutes away, to its last digit: "(now +60
// min)". Of all timestamps one in a hundred looks like that by chance; and of all dates within ten years every one,
// "(today +30)", where the run counts days.
std::optional<std::string> clock_distance_token(std::string_view type, std::string_view value, const RunWindow& run);
// The same of a number that counts seconds, milliseconds or microseconds since 1970, within ten years.
std::optional<std::string> epoch_token(std::string_view value, const RunWindow& run);

}  // namespace apply
