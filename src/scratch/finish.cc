#include "scratch/finish.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace scratch {
namespace {

void roll_back_prepared(Instance& draft, pg::Connection& anywhere, std::vector<std::string>& notes) {
  const auto prepared = anywhere.rows("select database, gid from pg_catalog.pg_prepared_xacts");
  for (const auto& transaction : prepared) {
    auto connection = draft.connect(*transaction[0]);
    connection.none("rollback prepared " + connection.quote_literal(*transaction[1]));
  }
  if (prepared.empty()) return;
  notes.push_back(fmt::format("{} of the source was rolled back in the image",
                              base::count_of(static_cast<std::int64_t>(prepared.size()), "prepared transaction")));
}

// A subscription that is dropped in a script would otherwise want to talk to its publisher first.
void cut_subscriptions(Instance& draft, pg::Connection& anywhere) {
  const auto subscriptions = anywhere.rows(R"(
    select d.datname, s.subname from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
    where d.datallowconn)");
  for (const auto& subscription : subscriptions) {
    auto connection = draft.connect(*subscription[0]);
    const auto name = pg::quote_identifier(*subscription[1]);
    connection.none(fmt::format("alter subscription {} disable", name));
    connection.none(fmt::format("alter subscription {} set (slot_name = none)", name));
  }
}

// A session of such a role ends before it began where the library is not here.
void forget_preloads(pg::Connection& anywhere) {
  const auto settings = anywhere.rows(R"(
    select r.rolname, d.datname, pg_catalog.split_part(config, '=', 1)
    from pg_catalog.pg_db_role_setting s
         left join pg_catalog.pg_roles r on r.oid = s.setrole
         left join pg_catalog.pg_database d on d.oid = s.setdatabase,
         pg_catalog.unnest(s.setconfig) config
    where config ~ '^(session|local)_preload_libraries=')");
  for (const auto& setting : settings) {
    const auto database = setting[1] ? pg::quote_identifier(*setting[1]) : "";
    const auto whom = !setting[0]        ? (database.empty() ? "role all" : "database " + database)
                      : database.empty() ? "role " + pg::quote_identifier(*setting[0])
                                         : "role " + pg::quote_identifier(*setting[0]) + " in database " + database;
    anywhere.none(fmt::format("alter {} reset {}", whom, *setting[2]));
  }
}

}  // namespace

Instance start_draft(const std::filesystem::path& data, const Binaries& binaries, Cluster cluster, Isolation isolation,
                     std::vector<std::string>& notes) {
  for (;;) {
    write_cluster(data, cluster);
    try {
      return Instance::adopt(data, binaries, {.settings = {}, .isolation = isolation});
    } catch (const base::Error& error) {
      const auto before = cluster.settings.size();
      for (const auto& name : refused_settings(error.message())) {
        const auto setting = cluster.settings.find(name);
        if (setting == cluster.settings.end()) continue;
        notes.push_back(fmt::format("the source's setting {} = '{}' is not valid here and was left out", name,
                                    base::one_line(setting->second, 60)));
        cluster.settings.erase(setting);
      }
      if (cluster.settings.size() == before) throw;
    }
  }
}

void require_extensions(pg::Connection& scratch, const Binaries& binaries, const std::vector<std::string>& extensions) {
  for (const auto& extension : extensions) {
    if (scratch.maybe_row("select 1 from pg_catalog.pg_available_extensions where name = $1", {extension})) continue;
    throw base::Error(
        base::Code::tool,
        fmt::format("the database uses extension {}, which the PostgreSQL {} in {} does not have", extension,
                    binaries.version, binaries.directory.string()),
        fmt::format("install it for that server (Debian: often postgresql-{}-{})", binaries.major, extension));
  }
}

void disarm(Instance& draft, std::vector<std::string>& notes) {
  auto anywhere = draft.connect("template1");
  forget_preloads(anywhere);
  roll_back_prepared(draft, anywhere, notes);
  cut_subscriptions(draft, anywhere);
}

void require_role(pg::Connection& connection, const std::string& role) {
  if (connection.maybe_row("select 1 from pg_catalog.pg_roles where rolname = $1", {role})) return;
  throw base::Error(base::Code::usage, fmt::format("there is no role {} in the source", role),
                    "--role names the role that would run the script there");
}

void ensure_login(pg::Connection& superuser, const std::string& role) {
  require_role(superuser, role);
  superuser.none(
      fmt::format("alter role {} login connection limit -1 valid until 'infinity'", pg::quote_identifier(role)));
}

void finish(Instance& draft, const Image& image, const SourceOptions& options) {
  {
    auto connection = draft.connect(image.database);
    ensure_login(connection, image.role);
    if (options.prepare) options.prepare(connection);
    connection.none("checkpoint");
  }
  draft.stop();
}

}  // namespace scratch
