// A Redis server's refusals as errors that say what to do. Source: redis.io, "Redis serialization protocol", simple
// errors: the first word is the kind.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace redis {

// "WHAT: said", of `server` (Address::description()), with a hint where the kind of error has a known remedy.
base::Error refusal(std::string_view server, std::string_view what, std::string_view said);

// A connection that ended, or said nothing for too long, while `what` was going on.
base::Error connection_lost(std::string_view server, std::string_view what, std::string_view reason);
base::Error no_answer(std::string_view server, std::string_view what, long seconds);

}  // namespace redis
