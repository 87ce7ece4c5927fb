#include "apply/role_settings.h"

#include "base/error.h"

namespace apply {

namespace {

// Of each setting that is stored for either role: what the server would take at a login of $1, the most special of
// those stored for it, the database and everybody; else what it is where nobody says anything.
constexpr const char* settings_of_login = R"(
  WITH stored AS (
    SELECT s.setrole, s.setdatabase, pg_catalog.split_part(c, '=', 1) AS name,
           pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      AND s.setrole IN (SELECT 0 UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN ($1, session_user)))
  SELECT s.name,
         coalesce((pg_catalog.array_agg(s.value ORDER BY s.setrole = 0, s.setdatabase = 0)
                     FILTER (WHERE s.setrole = 0 OR r.rolname = $1))[1], min(p.boot_val), '')
  FROM stored s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
       LEFT JOIN pg_catalog.pg_settings p ON pg_catalog.lower(p.name) = pg_catalog.lower(s.name)
  WHERE s.name NOT IN ('role', 'session_authorization')
    AND (p.context IS NULL OR p.context = 'user'
         OR p.context = 'superuser' AND (pg_catalog.current_setting('is_superuser') = 'on'
                                         OR pg_catalog.has_parameter_privilege(p.name, 'SET')))
  GROUP BY s.name HAVING pg_catalog.bool_or(s.setrole <> 0) ORDER BY s.name)";

}  // namespace

void take_settings_of(pg::Connection& connection, const std::string& role, const std::set<std::string>& kept) {
  for (const pg::Row& setting : connection.rows(settings_of_login, {role})) {
    if (kept.contains(*setting[0])) continue;
    try {
      connection.none("SELECT pg_catalog.set_config($1, $2, false)", {setting[0], setting[1]});
    } catch (const base::Error& error) {
      // A login goes on without a value that is not valid (any more).
      if (!error.sqlstate().starts_with("22") && !error.sqlstate().starts_with("42")) throw;
    }
  }
}

}  // namespace apply
