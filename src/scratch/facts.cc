#include "scratch/facts.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/hash.h"

namespace scratch {
namespace {

// Settings of the server (not of this session, role or database: those are in the catalogs) that change what SQL means,
// or without which its data cannot be recovered. What names a library or a directory of the source, and what ends
// sessions, is left out.
constexpr const char* settings_query = R"(
  select name, setting from pg_catalog.pg_settings
  where source in ('configuration file', 'command line') and setting is not null
    and (category like 'Version and Platform Compatibility%' or category = 'Customized Options'
         or (category like 'Client Connection Defaults%' and category not like '%Preloading'
             and name not like '%timeout' and name not in ('dynamic_library_path', 'extension_control_path', 'lc_messages'))
         or name in ('max_prepared_transactions', 'max_locks_per_transaction')))";

// pg_settings does not show what no library has declared ("app.tenant"); the configuration files do, to those who may
// look.
constexpr const char* custom_settings_query = R"(
  select name, setting from pg_catalog.pg_file_settings
  where applied and pg_catalog.strpos(name, '.') > 0)";
constexpr const char* may_see_files_query = R"(
  select pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
         and pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE'))";

std::map<std::string, std::string> read_settings(pg::Connection& source) {
  std::map<std::string, std::string> settings;
  if (source.one_value(may_see_files_query) == "t") {
    for (const auto& setting : source.rows(custom_settings_query)) settings[*setting[0]] = setting[1].value_or("");
  }
  for (const auto& setting : source.rows(settings_query)) settings[*setting[0]] = *setting[1];
  return settings;
}

std::string value_or_empty(const pg::OptionalText& text) {
  return text.value_or("");
}

std::string place_of(const pg::Connection& source) {
  return fmt::format("{}:{}", PQhost(source.raw()), PQport(source.raw()));
}

}  // namespace

pg::Connection open_source(const pg::Parameters& parameters) {
  return pg::Connection::open(parameters, {{"default_transaction_read_only", "on"},
                                           {"statement_timeout", "60s"},
                                           {"lock_timeout", "5s"},
                                           {"search_path", "pg_catalog"}});
}

SourceFacts read_facts(pg::Connection& source) {
  SourceFacts facts;
  facts.major = source.server_major();
  facts.place = place_of(source);
  const auto row = source.one_row(R"(
    select pg_catalog.current_database(), session_user,
           (select rolname from pg_catalog.pg_roles where oid = 10),
           (select rolreplication or rolsuper from pg_catalog.pg_roles where rolname = session_user),
           (select system_identifier from pg_catalog.pg_control_system()),
           (select setting from pg_catalog.pg_settings where name = 'shared_preload_libraries'))");
  facts.database = value_or_empty(row[0]);
  facts.role = value_or_empty(row[1]);
  facts.superuser = value_or_empty(row[2]);
  facts.may_replicate = row[3] == "t";
  facts.system_identifier = value_or_empty(row[4]);
  facts.preloaded = value_or_empty(row[5]);
  facts.settings = read_settings(source);
  for (const auto& extension : source.rows("select extname from pg_catalog.pg_extension order by extname"))
    facts.extensions.push_back(*extension[0]);
  return facts;
}

std::string read_state(pg::Connection& source, const SourceFacts& facts) {
  const auto row = source.one_row(R"(
    select (select timeline_id from pg_catalog.pg_control_checkpoint()), pg_catalog.pg_current_snapshot(),
           (select string_agg(concat_ws(' ', schemaname, sequencename, last_value), ',' order by schemaname, sequencename)
            from pg_catalog.pg_sequences))");
  std::string rest = value_or_empty(row[2]);
  for (const auto& [name, value] : facts.settings) rest += fmt::format("\n{}={}", name, value);
  return fmt::format("{} {} {} {}", facts.system_identifier, value_or_empty(row[0]), value_or_empty(row[1]),
                     base::sha256_hex(rest).substr(0, 16));
}

}  // namespace scratch
