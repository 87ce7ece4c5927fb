// Definitions of what stands above schemas: schemas themselves, roles, replication, foreign servers, the database.
//
// Values that may hold secrets (options of user mappings, settings of roles) enter as digests.
#include "base/hash.h"
#include "pg/catalog_parts.h"

namespace pg {
namespace {

// SQL for a text that differs when `value` does and tells nothing of it: the salt lives as long as this process.
std::string digest(const std::string& value) {
  static const std::string kSalt = base::random_hex(16);
  return "encode(sha256(convert_to('" + kSalt + "' || " + value + ", 'UTF8')), 'hex')";
}

// Objects that no user made: their numbers are given out before the database's first.
constexpr const char* kMadeByUser = "oid >= 16384";

std::string schemas() {
  return "select 'schema ' || n.nspname, 'owner ' || pg_get_userbyid(nspowner) || '; grants ' || " +
         grants("nspacl", "'n'", "nspowner") + " from pg_namespace n where " + of_user_schema("n") + " and " +
         not_of_extension("pg_namespace", "n.oid");
}

std::string extensions() {
  return "select 'extension ' || extname, 'version ' || extversion || '; schema ' || nspname from pg_extension "
         "join pg_namespace n on n.oid = extnamespace";
}

std::string roles() {
  return "select 'role ' || rolname, "
         "(to_jsonb(r) - array['oid', 'rolname', 'rolpassword', 'rolconfig'])::text from pg_roles r "
         "where rolname !~ '^pg_'";
}

std::string memberships() {
  return "select 'membership ' || pg_get_userbyid(roleid) || '.' || pg_get_userbyid(member), "
         "(to_jsonb(m) - array['oid', 'roleid', 'member', 'grantor'])::text from pg_auth_members m";
}

std::string settings() {
  return "select 'settings' || coalesce(' of role ' || pg_get_userbyid(nullif(setrole, 0)), '') || "
         "coalesce(' in database ' || (select datname from pg_database d where d.oid = setdatabase), ''), " +
         digest("setconfig::text") + " from pg_db_role_setting";
}

std::string default_privileges() {
  return "select 'default privileges of ' || pg_get_userbyid(defaclrole) || coalesce(' in ' || n.nspname, '') || ' on "
         "' || "
         "defaclobjtype::text, (select string_agg(g::text, ',' order by g::text) from unnest(defaclacl) g) "
         "from pg_default_acl left join pg_namespace n on n.oid = defaclnamespace";
}

std::string parameter_privileges() {
  return "select 'parameter ' || parname, (select string_agg(g::text, ',' order by g::text) from unnest(paracl) g) "
         "from pg_parameter_acl";
}

std::string database() {
  return "select 'database ' || datname, concat_ws('; ', 'owner ' || pg_get_userbyid(datdba), 'grants ' || " +
         grants("datacl", "'d'", "datdba") +
         ", 'connections ' || datconnlimit, case when not datallowconn then 'closed' end, "
         "case when datistemplate then 'template' end) from pg_database where datname !~ '^template[01]$'";
}

std::string tablespaces() {
  return "select 'tablespace ' || spcname, concat_ws('; ', 'owner ' || pg_get_userbyid(spcowner), 'grants ' || " +
         grants("spcacl", "'t'", "spcowner") + ", spcoptions::text) from pg_tablespace";
}

std::string publications() {
  return R"(
    select 'publication ' || pubname, concat_ws('; ', 'owner ' || pg_get_userbyid(pubowner),
      (to_jsonb(p) - array['oid', 'pubname', 'pubowner'])::text,
      (select string_agg(concat_ws(' ', prrelid::regclass, prattrs::text, pg_get_expr(prqual, prrelid)), ', '
                         order by prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid),
      (select 'schemas ' || string_agg(nspname, ', ' order by nspname) from pg_publication_namespace
         join pg_namespace n on n.oid = pnnspid where pnpubid = p.oid))
    from pg_publication p where pubname !~ '^pgrehearse')";
}

std::string subscriptions() {
  return "select 'subscription ' || subname, concat_ws('; ', 'owner ' || pg_get_userbyid(subowner), "
         "case when subenabled then 'enabled' end, 'slot ' || subslotname, subpublications::text) "
         "from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())";
}

std::string event_triggers() {
  return "select 'event trigger ' || evtname, concat_ws('; ', 'owner ' || pg_get_userbyid(evtowner), evtevent, "
         "evtfoid::regprocedure, 'enabled ' || evtenabled::text, evttags::text) from pg_event_trigger e "
         "where evtname !~ '^pgrehearse' and " +
         not_of_extension("pg_event_trigger", "e.oid");
}

std::string casts() {
  return std::string(
             "select 'cast ' || format_type(castsource, null) || ' as ' || format_type(casttarget, null), "
             "concat_ws('; ', nullif(castfunc, 0)::regprocedure, castcontext, castmethod) from pg_cast c where ") +
         kMadeByUser + " and " + not_of_extension("pg_cast", "c.oid");
}

std::string transforms() {
  return "select 'transform ' || format_type(trftype, null) || ' for ' || lanname, trffromsql::text || ', ' || "
         "trftosql::text "
         "from pg_transform t join pg_language l on l.oid = trflang where " +
         not_of_extension("pg_transform", "t.oid");
}

std::string languages() {
  return "select 'language ' || lanname, concat_ws('; ', 'owner ' || pg_get_userbyid(lanowner), 'grants ' || " +
         grants("lanacl", "'l'", "lanowner") +
         ", case when lanpltrusted then 'trusted' end, nullif(lanplcallfoid, 0)::regprocedure) from pg_language l";
}

std::string access_methods() {
  return std::string("select 'access method ' || amname, amtype::text || ' ' || amhandler::text from pg_am m where ") +
         kMadeByUser + " and " + not_of_extension("pg_am", "m.oid");
}

std::string foreign_data_wrappers() {
  return "select 'foreign data wrapper ' || fdwname, concat_ws('; ', 'owner ' || pg_get_userbyid(fdwowner), 'grants ' "
         "|| " +
         grants("fdwacl", "'F'", "fdwowner") +
         ", nullif(fdwhandler, 0)::regprocedure, nullif(fdwvalidator, 0)::regprocedure, " + digest("fdwoptions::text") +
         ") from pg_foreign_data_wrapper w where " + not_of_extension("pg_foreign_data_wrapper", "w.oid");
}

std::string foreign_servers() {
  return "select 'server ' || srvname, concat_ws('; ', 'owner ' || pg_get_userbyid(srvowner), 'grants ' || " +
         grants("srvacl", "'S'", "srvowner") + ", srvtype, srvversion, " + digest("srvoptions::text") +
         ") from pg_foreign_server s where " + not_of_extension("pg_foreign_server", "s.oid");
}

std::string user_mappings() {
  return "select 'user mapping ' || usename || '.' || srvname, coalesce(" + digest("umoptions::text") +
         ", '') from pg_user_mappings";
}

}  // namespace

void read_cluster_definitions(Connection& connection, Definitions& definitions) {
  for (const auto& query : {schemas, extensions, roles, memberships, settings, default_privileges, parameter_privileges,
                            database, tablespaces, publications, subscriptions, event_triggers, casts, transforms,
                            languages, access_methods, foreign_data_wrappers, foreign_servers, user_mappings}) {
    add_definitions(connection, query(), definitions);
  }
}

}  // namespace pg
