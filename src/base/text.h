// Text as people read it: counts, sizes, quoting, and secrets kept out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// 1234567 -> "1,234,567".
std::string with_commas(std::int64_t number);
// 1 -> "1 row", 1234 -> "1,234 rows". `plural` defaults to `singular` + "s".
std::string count_of(std::int64_t number, std::string_view singular, std::string_view plural = {});
// 1536 -> "1.5 KiB".
std::string human_bytes(std::uint64_t bytes);

// Replaces the password of every connection URI ("postgres://u:SECRET@h") and conninfo ("password=SECRET",
// "password='SE CRET'", sslpassword too) in `text` by "****"; everything else is returned unchanged.
std::string mask_secrets(std::string_view text);

// The first `limit` code points of `text` on one line: runs of white space become one blank, control characters are
// shown as U+FFFD (nothing that a database holds may steer a terminal), "…" marks a cut. Invalid UTF-8 becomes U+FFFD.
std::string one_line(std::string_view text, std::size_t limit);

// True where `text` is well-formed UTF-8; and `text` with every ill-formed sequence replaced by U+FFFD.
bool is_utf8(std::string_view text);
std::string to_valid_utf8(std::string_view text);

// With the letters of ASCII in lower case; and whether `lower`, which is in lower case, stands in `text` in any case.
std::string lower_case(std::string_view text);
bool contains_ignoring_case(std::string_view text, std::string_view lower);

// "a, b and 3 more": the first `most` of them.
std::string some_of(const std::vector<std::string>& names, std::size_t most);

}  // namespace base
