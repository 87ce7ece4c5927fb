// Definitions of relations and of what hangs on them. Left out, because preparing a scratch changes them: persistence,
// replica identity, and triggers that belong to constraints save for whether they fire.
#include "pg/catalog_parts.h"

namespace pg {
namespace {

// `rel`: the relations of users, with `name` as "schema.name".
std::string relations() {
  return "with rel as materialized (select c.*, n.nspname || '.' || c.relname as name from pg_class c join "
         "pg_namespace n "
         "on n.oid = c.relnamespace where " +
         of_user_schema("n") + " and " + not_of_extension("pg_class", "c.oid") + ") ";
}

std::string tables() {
  return relations() + R"(
    select case relkind when 'f' then 'foreign table ' else 'table ' end || name, concat_ws('; ',
      'owner ' || pg_get_userbyid(relowner), 'grants ' || )" +
         grants("relacl", "'r'", "relowner") + R"(,
      case when relrowsecurity then 'row security' end,
      case when relforcerowsecurity then 'forced row security' end,
      'options ' || reloptions::text,
      'toast options ' || (select t.reloptions::text from pg_class t where t.oid = rel.reltoastrelid),
      'tablespace ' || (select spcname from pg_tablespace t where t.oid = reltablespace),
      'access method ' || (select amname from pg_am a where a.oid = relam),
      case when relkind = 'p' then 'partitioned by ' || pg_get_partkeydef(oid) end,
      (select string_agg(concat_ws(' ', 'child of', inhparent::regclass::text, case when inhdetachpending then 'detaching' end),
                         ', ' order by inhseqno) from pg_inherits where inhrelid = oid),
      pg_get_expr(relpartbound, oid),
      'of type ' || case when reloftype <> 0 then format_type(reloftype, null) end,
      (select 'server ' || s.srvname || coalesce(' ' || f.ftoptions::text, '')
       from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = rel.oid))
    from rel where relkind in ('r', 'p', 'f'))";
}

// The number is part of it: a column dropped and added again has lost its values. pg_attver is a count that the server
// (15.20 and its like) keeps among the options for its own use.
std::string columns() {
  return relations() + R"(
    select 'column ' || name || '.' || attname, concat_ws('; ',
      format_type(atttypid, atttypmod),
      'collation ' || case when attcollation <> t.typcollation then attcollation::regcollation::text end,
      case when attnotnull then coalesce(
        (select conname || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
         where conrelid = attrelid and contype = 'n' and conkey[1] = attnum), 'not null') end,
      case attgenerated when '' then 'default ' else 'generated ' || attgenerated::text || ' ' end || pg_get_expr(adbin, adrelid),
      'identity ' || nullif(attidentity::text, ''),
      'storage ' || nullif(attstorage, typstorage)::text, 'compression ' || nullif(attcompression::text, ''),
      'statistics ' || nullif(attstattarget, -1),
      'options ' || (select string_agg(o, ',') from unnest(attoptions) o where o !~ '^pg_attver='),
      'options ' || attfdwoptions::text,
      'inherited ' || nullif(attinhcount, 0), case when not attislocal then 'not local' end,
      'grants ' || (select string_agg(g::text, ',' order by g::text) from unnest(attacl) g),
      'number ' || attnum)
    from rel join pg_attribute a on attrelid = rel.oid join pg_type t on t.oid = atttypid
         left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relkind in ('r', 'p', 'f') and attnum > 0 and not attisdropped)";
}

std::string views() {
  return relations() + R"(
    select case relkind when 'v' then 'view ' when 'm' then 'materialized view ' else 'type ' end || name, concat_ws('; ',
      'owner ' || pg_get_userbyid(relowner), 'grants ' || case when relkind <> 'c' then )" +
         grants("relacl", "'r'", "relowner") + R"( end,
      'options ' || reloptions::text,
      'tablespace ' || (select spcname from pg_tablespace t where t.oid = reltablespace),
      case when relkind = 'm' and not relispopulated then 'not populated' end,
      (select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attcollation::regcollation,
                                   'default ' || pg_get_expr(adbin, adrelid), attacl::text), ', ' order by attnum)
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = rel.oid and attnum > 0 and not attisdropped),
      case when relkind <> 'c' then pg_get_viewdef(oid) end)
    from rel where relkind in ('v', 'm', 'c'))";
}

std::string sequences() {
  return relations() + R"(
    select 'sequence ' || name, concat_ws('; ',
      'owner ' || pg_get_userbyid(relowner), 'grants ' || )" +
         grants("relacl", "'s'", "relowner") + R"(,
      format_type(seqtypid, null), 'start ' || seqstart, 'increment ' || seqincrement, 'minimum ' || seqmin,
      'maximum ' || seqmax, 'cache ' || seqcache, case when seqcycle then 'cycles' end,
      (select 'owned by ' || refobjid::regclass || '.' || attname from pg_depend
         join pg_attribute on attrelid = refobjid and attnum = refobjsubid
       where classid = 'pg_class'::regclass and objid = rel.oid and refclassid = 'pg_class'::regclass
         and deptype in ('a', 'i') and refobjsubid > 0 limit 1))
    from rel join pg_sequence on seqrelid = rel.oid)";
}

// How an index stands, besides what pg_get_indexdef() tells.
constexpr const char* kIndexState =
    R"('tablespace ' || (select spcname from pg_tablespace t join pg_class x on t.oid = x.reltablespace
                        where x.oid = i.indexrelid),
      case when not i.indisvalid then 'invalid' end, case when i.indisclustered then 'clustered on' end)";

// An index that a constraint owns is told with the constraint.
std::string indexes() {
  return relations() + R"(
    select 'index ' || n.nspname || '.' || x.relname, concat_ws('; ', pg_get_indexdef(i.indexrelid), )" +
         kIndexState + R"()
    from rel join pg_index i on i.indrelid = rel.oid join pg_class x on x.oid = i.indexrelid
         join pg_namespace n on n.oid = x.relnamespace
    where not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x')))";
}

// NOT NULL is told with its column.
std::string constraints() {
  return relations() + R"(
    select 'constraint ' || name || '.' || conname, concat_ws('; ', pg_get_constraintdef(k.oid),
      case when conislocal then null else 'inherited' end,
      (select 'not firing: ' || string_agg(tgenabled::text || ' ' || tgfoid::regproc, ', ' order by tgfoid::regproc::text)
       from pg_trigger where tgconstraint = k.oid and tgenabled <> 'O'),
      (select nullif(concat_ws('; ', x.reloptions::text, )" +
         kIndexState + R"(), '')
       from pg_index i join pg_class x on x.oid = i.indexrelid
       where i.indexrelid = k.conindid and contype in ('p', 'u', 'x')))
    from rel join pg_constraint k on conrelid = rel.oid where contype not in ('n', 't'))";
}

std::string triggers() {
  return relations() + R"(
    select 'trigger ' || name || '.' || tgname, pg_get_triggerdef(t.oid) || '; enabled ' || tgenabled::text
    from rel join pg_trigger t on tgrelid = rel.oid where not tgisinternal)";
}

std::string rules() {
  return relations() + R"(
    select 'rule ' || name || '.' || rulename, pg_get_ruledef(r.oid) || '; enabled ' || ev_enabled::text
    from rel join pg_rewrite r on ev_class = rel.oid where rulename <> '_RETURN')";
}

std::string policies() {
  return relations() + R"(
    select 'policy ' || name || '.' || polname, concat_ws('; ',
      case when polpermissive then 'permissive' else 'restrictive' end, 'command ' || polcmd::text,
      'to ' || (select string_agg(case role when 0 then 'public' else pg_get_userbyid(role)::text end, ', ' order by role)
                from unnest(polroles) role),
      'using ' || pg_get_expr(polqual, polrelid), 'with check ' || pg_get_expr(polwithcheck, polrelid))
    from rel join pg_policy on polrelid = rel.oid)";
}

std::string statistics() {
  return "select 'statistics ' || n.nspname || '.' || stxname, concat_ws('; ', pg_get_statisticsobjdef(s.oid), "
         "'owner ' || pg_get_userbyid(stxowner), 'target ' || nullif(stxstattarget, -1)) "
         "from pg_statistic_ext s join pg_namespace n on n.oid = stxnamespace where " +
         of_user_schema("n") + " and " + not_of_extension("pg_statistic_ext", "s.oid");
}

}  // namespace

void read_relation_definitions(Connection& connection, Definitions& definitions) {
  for (const auto& query :
       {tables, columns, views, sequences, indexes, constraints, triggers, rules, policies, statistics}) {
    add_definitions(connection, query(), definitions);
  }
}

}  // namespace pg
