// record.json: a record as text and back (docs/formats/apply.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apply/record.h"

namespace apply {

// With its hash and a final newline. Passwords and other secrets of the connection are left out.
std::string record_to_text(const Record& record);

// Throws Error(input), with half a sentence, on anything that record_to_text() does not write: a hash that does not
// match, a newer version, a state that is none.
Record record_from_text(std::string_view text);

}  // namespace apply
