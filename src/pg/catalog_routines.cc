// Definitions of what lives in schemas besides relations: functions, types, operators, text search.
#include "pg/catalog_parts.h"

namespace pg {
namespace {

std::string functions() {
  return R"(
    select case prokind when 'a' then 'aggregate ' when 'p' then 'procedure ' else 'function ' end ||
             n.nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')',
      concat_ws('; ', 'owner ' || pg_get_userbyid(proowner), 'grants ' || )" +
         grants("proacl", "'f'", "proowner") + R"(,
        case when prokind <> 'a' then pg_get_functiondef(p.oid) end,
        (select concat_ws(', ', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), a.aggkind, a.aggtransfn,
                          a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
                          a.aggmfinalfn, a.aggfinalextra, a.aggfinalmodify, a.aggmfinalextra, a.aggmfinalmodify,
                          nullif(a.aggsortop, 0)::regoperator, format_type(a.aggtranstype, null), a.aggtransspace,
                          a.agginitval, a.aggminitval, proparallel)
         from pg_aggregate a where a.aggfnoid = p.oid))
    from pg_proc p join pg_namespace n on n.oid = pronamespace where )" +
         of_user_schema("n") + " and " + not_of_extension("pg_proc", "p.oid");
}

// Enums, domains, ranges and base types. Composite types are told as relations; arrays and multiranges follow theirs.
std::string types() {
  return R"(
    select case typtype when 'e' then 'enum ' when 'd' then 'domain ' else 'type ' end || n.nspname || '.' || typname,
      concat_ws('; ', 'owner ' || pg_get_userbyid(typowner), 'grants ' || )" +
         grants("typacl", "'T'", "typowner") + R"(,
        (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid),
        case when typtype = 'd' then concat_ws('; ', format_type(typbasetype, typtypmod), typcollation::regcollation,
                                               case when typnotnull then 'not null' end, 'default ' || typdefault) end,
        (select string_agg(conname || ' ' || pg_get_constraintdef(k.oid), '; ' order by conname)
         from pg_constraint k where contypid = t.oid),
        (select concat_ws(', ', format_type(rngsubtype, null), rngcollation::regcollation, rngcanonical, rngsubdiff)
         from pg_range where rngtypid = t.oid),
        case when typtype = 'b' then concat_ws(', ', typlen, typbyval, typcategory, typispreferred, typdelim, typinput,
                                               typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typalign,
                                               typstorage, typdefault, format_type(nullif(typelem, 0), null)) end,
        case when not typisdefined then 'shell' end)
    from pg_type t join pg_namespace n on n.oid = typnamespace
    where typtype in ('b', 'd', 'e', 'r', 'p') and not exists (select from pg_type e where e.typarray = t.oid) and )" +
         of_user_schema("n") + " and " + not_of_extension("pg_type", "t.oid");
}

std::string operators() {
  return R"(
    select 'operator ' || n.nspname || '.' || oprname || '(' || format_type(nullif(oprleft, 0), null) || ',' ||
             format_type(nullif(oprright, 0), null) || ')',
      concat_ws('; ', 'owner ' || pg_get_userbyid(oprowner), oprcode, oprrest, oprjoin, format_type(nullif(oprresult, 0), null),
                'commutator ' || nullif(oprcom, 0)::regoperator, 'negator ' || nullif(oprnegate, 0)::regoperator,
                case when oprcanmerge then 'merges' end, case when oprcanhash then 'hashes' end)
    from pg_operator o join pg_namespace n on n.oid = oprnamespace where )" +
         of_user_schema("n") + " and " + not_of_extension("pg_operator", "o.oid");
}

std::string operator_classes() {
  return R"(
    select 'operator class ' || n.nspname || '.' || opcname || ' using ' || amname,
      concat_ws('; ', 'owner ' || pg_get_userbyid(opcowner), format_type(opcintype, null),
                case when opcdefault then 'default' end, 'family ' || opcfamily,
                'stores ' || format_type(nullif(opckeytype, 0), null))
    from pg_opclass o join pg_namespace n on n.oid = opcnamespace join pg_am m on m.oid = opcmethod where )" +
         of_user_schema("n") + " and " + not_of_extension("pg_opclass", "o.oid");
}

std::string operator_families() {
  return R"(
    select 'operator family ' || n.nspname || '.' || opfname || ' using ' || amname,
      concat_ws('; ', 'owner ' || pg_get_userbyid(opfowner),
        (select string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator, amoppurpose), ', '
                           order by amoplefttype, amoprighttype, amopstrategy) from pg_amop where amopfamily = f.oid),
        (select string_agg(amprocnum || ' ' || amproc::regprocedure, ', '
                           order by amproclefttype, amprocrighttype, amprocnum) from pg_amproc where amprocfamily = f.oid))
    from pg_opfamily f join pg_namespace n on n.oid = opfnamespace join pg_am m on m.oid = opfmethod where )" +
         of_user_schema("n") + " and " + not_of_extension("pg_opfamily", "f.oid");
}

// `columns` of a catalog whose rows tell the whole definition; names of the catalog's columns start with `prefix`.
std::string plain_objects(const std::string& kind, const std::string& catalog, const std::string& prefix,
                          const std::string& owner, const std::string& columns) {
  return "select '" + kind + " ' || n.nspname || '.' || " + prefix + "name, concat_ws('; ', " +
         (owner.empty() ? "" : "'owner ' || pg_get_userbyid(" + owner + "), ") + columns + ") from " + catalog +
         " o join pg_namespace n on n.oid = " + prefix + "namespace where " + of_user_schema("n") + " and " +
         not_of_extension(catalog, "o.oid");
}

std::string collations() {
  return plain_objects("collation", "pg_collation", "coll", "collowner",
                       "(to_jsonb(o) - array['oid', 'collname', 'collnamespace', 'collowner'])::text");
}

std::string conversions() {
  return plain_objects("conversion", "pg_conversion", "con", "conowner",
                       "pg_encoding_to_char(conforencoding), pg_encoding_to_char(contoencoding), conproc, condefault");
}

std::string text_search_configurations() {
  return plain_objects("text search configuration", "pg_ts_config", "cfg", "cfgowner",
                       "(select prsname from pg_ts_parser p where p.oid = cfgparser), "
                       "(select string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ', ' "
                       "order by maptokentype, mapseqno) from pg_ts_config_map where mapcfg = o.oid)");
}

std::string text_search_dictionaries() {
  return plain_objects("text search dictionary", "pg_ts_dict", "dict", "dictowner",
                       "(select tmplname from pg_ts_template t where t.oid = dicttemplate), dictinitoption");
}

std::string text_search_parsers() {
  return plain_objects("text search parser", "pg_ts_parser", "prs", "",
                       "prsstart, prstoken, prsend, prsheadline, prslextype");
}

std::string text_search_templates() {
  return plain_objects("text search template", "pg_ts_template", "tmpl", "", "tmplinit, tmpllexize");
}

}  // namespace

void read_routine_definitions(Connection& connection, Definitions& definitions) {
  for (const auto& query :
       {functions, types, operators, operator_classes, operator_families, collations, conversions,
        text_search_configurations, text_search_dictionaries, text_search_parsers, text_search_templates}) {
    add_definitions(connection, query(), definitions);
  }
}

}  // namespace pg
