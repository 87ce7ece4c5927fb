// Escape sequences of string literals.
#pragma once

#include <string>
#include <string_view>

namespace source {

// What `escape`, from its backslash on, means in the C family of languages, and in Python, Ruby and PHP: \n, \x41,
// \101, \u00e9, \u{e9}; a backslash before anything else means that, before a line's end nothing; "{{" and "}}" are one
// brace. A code point that UTF-8 cannot say is U+FFFD.
std::string unescape(std::string_view escape);

}  // namespace source
