#include "scratch/roles.h"

#include <fmt/format.h>

#include "base/error.h"

namespace scratch {
namespace {

struct Role {
  std::string name;
  std::string attributes;
};
struct Membership {
  std::string role;
  std::string member;
  std::string options;
};
struct RoleSetting {
  std::string role;
  std::string name;
  std::string value;  // as SQL
};

std::vector<Role> read_roles(pg::Connection& source) {
  std::vector<Role> roles;
  for (const auto& row : source.rows(R"(
    select rolname, concat_ws(' ',
             case when rolsuper then 'superuser' else 'nosuperuser' end,
             case when rolinherit then 'inherit' else 'noinherit' end,
             case when rolcreaterole then 'createrole' else 'nocreaterole' end,
             case when rolcreatedb then 'createdb' else 'nocreatedb' end,
             case when rolcanlogin then 'login' else 'nologin' end,
             case when rolreplication then 'replication' else 'noreplication' end,
             case when rolbypassrls then 'bypassrls' else 'nobypassrls' end)
    from pg_catalog.pg_roles where rolname !~ '^pg_' order by 1)")) {
    roles.push_back({*row[0], *row[1]});
  }
  return roles;
}

std::vector<Membership> read_memberships(pg::Connection& source) {
  constexpr const char* plain = "case when bool_or(admin_option) then 'with admin option' else '' end";
  constexpr const char* detailed =
      "format('with admin %s, inherit %s, set %s', bool_or(admin_option), bool_or(inherit_option), "
      "bool_or(set_option))";
  std::vector<Membership> memberships;
  for (const auto& row : source.rows(fmt::format(R"(
    select r.rolname, m.rolname, {}
    from pg_catalog.pg_auth_members a join pg_catalog.pg_roles r on r.oid = a.roleid
         join pg_catalog.pg_roles m on m.oid = a.member
    where m.rolname !~ '^pg_'
    group by 1, 2 order by 1, 2)",
                                                 source.server_major() >= 16 ? detailed : plain))) {
    memberships.push_back({*row[0], *row[1], *row[2]});
  }
  return memberships;
}

// Lists of names are stored as they were quoted; everything else is one value.
std::string setting_value(const pg::Connection& connection, const std::string& name, const std::string& value) {
  const bool is_list = name == "search_path" || name == "temp_tablespaces";
  return is_list && !value.empty() ? value : connection.quote_literal(value);
}

std::vector<RoleSetting> read_role_settings(pg::Connection& source) {
  std::vector<RoleSetting> settings;
  for (const auto& row : source.rows(R"(
    select r.rolname, pg_catalog.split_part(config, '=', 1), pg_catalog.substr(config, pg_catalog.strpos(config, '=') + 1)
    from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole,
         pg_catalog.unnest(s.setconfig) config
    where s.setdatabase = 0 and config !~ '^[a-z]+_preload_libraries=' order by 1, 2)")) {
    settings.push_back({*row[0], *row[1], setting_value(source, *row[1], *row[2])});
  }
  return settings;
}

std::string grant(const Membership& membership) {
  return fmt::format("grant {} to {} {}", pg::quote_identifier(membership.role),
                     pg::quote_identifier(membership.member), membership.options);
}

std::string alter(const RoleSetting& setting) {
  return fmt::format("alter role {} set {} = {}", pg::quote_identifier(setting.role),
                     pg::quote_identifier(setting.name), setting.value);
}

void copy_settings(pg::Connection& source, pg::Connection& draft, std::vector<std::string>& notes) {
  for (const RoleSetting& setting : read_role_settings(source)) {
    try {
      draft.none(alter(setting));
    } catch (const base::Error& error) {
      if (error.code() != base::Code::server || error.sqlstate().empty()) throw;
      notes.push_back(fmt::format("role {} lacks its setting {}: {}", setting.role, setting.name, error.message()));
    }
  }
}

}  // namespace

void copy_roles(pg::Connection& source, pg::Connection& draft, std::vector<std::string>& notes) {
  for (const Role& role : read_roles(source)) {
    create_roles(draft, {role.name});
    draft.none(fmt::format("alter role {} {}", pg::quote_identifier(role.name), role.attributes));
  }
  for (const Membership& membership : read_memberships(source)) draft.none(grant(membership));
  copy_settings(source, draft, notes);
}

std::string roles_script(pg::Connection& source) {
  const auto settings = read_role_settings(source);
  std::string script = "-- Makes the roles that are missing; those that exist stay as they are. No passwords.\n";
  for (const Role& role : read_roles(source)) {
    script +=
        fmt::format("do $roles$ begin\n  if not exists (select from pg_catalog.pg_roles where rolname = {}) then\n",
                    source.quote_literal(role.name));
    script += fmt::format("    create role {} {};\n", pg::quote_identifier(role.name), role.attributes);
    for (const RoleSetting& setting : settings) {
      if (setting.role == role.name) script += fmt::format("    {};\n", alter(setting));
    }
    script += "  end if;\nend $roles$;\n";
  }
  for (const Membership& membership : read_memberships(source)) script += grant(membership) + ";\n";
  return script;
}

void create_roles(pg::Connection& draft, const std::vector<std::string>& roles) {
  for (const auto& role : roles) {
    if (draft.maybe_row("select 1 from pg_catalog.pg_roles where rolname = $1", {role})) continue;
    draft.none("create role " + pg::quote_identifier(role) + " login");
  }
}

}  // namespace scratch
