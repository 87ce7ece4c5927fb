// The contract of the incident's users, for what lints by one: tests, and the fuzzed entry.
#pragma once

namespace lint {

inline constexpr const char* sample_contract = R"(
[tables.users]
id = "id"
population = "auth_source"
[tables.users.populations.telegram]
ids = "1..4503599627370495"
[tables.users.populations.oauth]
ids = "..-1"
minted_by = "-web_user_id_seq"
[tables.users.populations.test]
ids = "4503599627370496.."
disposable = true
)";

}  // namespace lint
