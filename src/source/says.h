// Calls that say something to people: what they are given is no SQL that runs.
#pragma once

#include <string_view>

namespace source {

// Loggers, exceptions and titles of tests: log.info("…"), new IllegalStateException("…"), panic!("…"). `object` is what
// stands before the name, or "".
bool says(std::string_view object, std::string_view name);

}  // namespace source
