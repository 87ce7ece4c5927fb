#include "scratch/roles.h"

#include <fmt/format.h>

#include "base/error.h"

namespace scratch {
namespace {

void copy_attributes(pg::Connection& source, pg::Connection& draft) {
  const auto roles = source.rows(R"(
    select rolname, concat_ws(' ',
             case when rolsuper then 'superuser' else 'nosuperuser' end,
             case when rolinherit then 'inherit' else 'noinherit' end,
             case when rolcreaterole then 'createrole' else 'nocreaterole' end,
             case when rolcreatedb then 'createdb' else 'nocreatedb' end,
             case when rolcanlogin then 'login' else 'nologin' end,
             case when rolreplication then 'replication' else 'noreplication' end,
             case when rolbypassrls then 'bypassrls' else 'nobypassrls' end)
    from pg_catalog.pg_roles where rolname !~ '^pg_')");
  for (const auto& role : roles) {
    create_roles(draft, {*role[0]});
    draft.none(fmt::format("alter role {} {}", pg::quote_identifier(*role[0]), *role[1]));
  }
}

void copy_memberships(pg::Connection& source, pg::Connection& draft) {
  constexpr const char* plain = "case when bool_or(admin_option) then 'with admin option' else '' end";
  constexpr const char* detailed =
      "format('with admin %s, inherit %s, set %s', bool_or(admin_option), bool_or(inherit_option), "
      "bool_or(set_option))";
  const auto memberships = source.rows(fmt::format(R"(
    select r.rolname, m.rolname, {}
    from pg_catalog.pg_auth_members a join pg_catalog.pg_roles r on r.oid = a.roleid
         join pg_catalog.pg_roles m on m.oid = a.member
    group by 1, 2)",
                                                   source.server_major() >= 16 ? detailed : plain));
  for (const auto& membership : memberships) {
    draft.none(fmt::format("grant {} to {} {}", pg::quote_identifier(*membership[0]),
                           pg::quote_identifier(*membership[1]), *membership[2]));
  }
}

// Lists of names are stored as they were quoted; everything else is one value.
std::string setting_value(pg::Connection& draft, const std::string& name, const std::string& value) {
  const bool is_list = name == "search_path" || name == "temp_tablespaces";
  return is_list && !value.empty() ? value : draft.quote_literal(value);
}

void copy_settings(pg::Connection& source, pg::Connection& draft, std::vector<std::string>& notes) {
  const auto settings = source.rows(R"(
    select r.rolname, pg_catalog.split_part(config, '=', 1), pg_catalog.substr(config, pg_catalog.strpos(config, '=') + 1)
    from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole,
         pg_catalog.unnest(s.setconfig) config
    where s.setdatabase = 0 and config !~ '^[a-z]+_preload_libraries=')");
  for (const auto& setting : settings) {
    try {
      draft.none(fmt::format("alter role {} set {} = {}", pg::quote_identifier(*setting[0]),
                             pg::quote_identifier(*setting[1]), setting_value(draft, *setting[1], *setting[2])));
    } catch (const base::Error& error) {
      if (error.code() != base::Code::server || error.sqlstate().empty()) throw;
      notes.push_back(fmt::format("role {} lacks its setting {}: {}", *setting[0], *setting[1], error.message()));
    }
  }
}

}  // namespace

void copy_roles(pg::Connection& source, pg::Connection& draft, std::vector<std::string>& notes) {
  copy_attributes(source, draft);
  copy_memberships(source, draft);
  copy_settings(source, draft, notes);
}

void create_roles(pg::Connection& draft, const std::vector<std::string>& roles) {
  for (const auto& role : roles) {
    if (draft.maybe_row("select 1 from pg_catalog.pg_roles where rolname = $1", {role})) continue;
    draft.none("create role " + pg::quote_identifier(role) + " login");
  }
}

}  // namespace scratch
