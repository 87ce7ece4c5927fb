// A session that becomes a role by SET ROLE keeps the settings of who logged in; the rehearsal logged in as the role.
#pragma once

#include <set>
#include <string>

#include "pg/connection.h"

namespace apply {

// Gives the session the settings that it would have, had `role` logged in: those stored for the role take the place of
// those stored for who did (manual: "ALTER ROLE", "pg_db_role_setting"). Before SET ROLE: what only who logged in may
// set is set by that one, and what nobody here may set stays. Not those named in `kept`. Throws Error(server).
void take_settings_of(pg::Connection& connection, const std::string& role, const std::set<std::string>& kept);

}  // namespace apply
