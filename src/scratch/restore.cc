#include "scratch/restore.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/error.h"
#include "sys/account.h"

namespace scratch {
namespace {

// A database that every cluster has; connected to while another one is made.
constexpr const char* elsewhere = "template1";
// An archive sets its database up before it fills it: what it sets for sessions must not keep pg_restore's from
// writing.
constexpr const char* session_options =
    "-c default_transaction_read_only=off -c session_replication_role=origin -c session_preload_libraries= "
    "-c local_preload_libraries=";

sys::Command restore_command(const Instance& draft, const std::string& database, const ArchivePath& archive,
                             bool create) {
  std::vector<std::string> argv = {require_pg_restore(draft.binaries()).string(),
                                   "--exit-on-error",
                                   "--no-tablespaces",
                                   "--no-subscriptions",
                                   "--no-security-labels",
                                   "--dbname=" + database};
  if (create) argv.emplace_back("--create");
  argv.insert(argv.end(), archive.arguments.begin(), archive.arguments.end());
  sys::Command command = confined_tool(draft, std::move(argv), database, archive.readable);
  command.environment["PGOPTIONS"] = session_options;
  return command;
}

bool exists(pg::Connection& connection, const std::string& database) {
  return connection.maybe_row("select 1 from pg_catalog.pg_database where datname = $1", {database}).has_value();
}

// The tablespace that a server's complaint is about.
std::optional<std::string> missing_tablespace(std::string_view complaint) {
  constexpr std::string_view before = "ERROR: tablespace \"";
  const auto at = complaint.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const auto name = complaint.substr(at + before.size());
  const auto end = name.find("\" does not exist");
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(name.substr(0, end));
}

// pg_restore leaves out every tablespace but the one that CREATE DATABASE names, which gets a stand-in.
void restore_whole(const Instance& draft, const ArchivePath& archive, const Feed& feed,
                   std::vector<std::string>& notes) {
  const auto command = restore_command(draft, elsewhere, archive, true);
  try {
    feed(command);
  } catch (const base::Error& error) {
    const auto missing = missing_tablespace(error.message());
    if (!missing) throw;
    draft.connect(elsewhere).none(fmt::format("create tablespace {} location ''", pg::quote_identifier(*missing)));
    notes.push_back(fmt::format("the database's tablespace {} is a directory inside the scratch here", *missing));
    feed(command);
  }
}

}  // namespace

const std::filesystem::path& require_pg_restore(const Binaries& binaries) {
  if (binaries.pg_restore) return *binaries.pg_restore;
  throw base::Error(base::Code::tool,
                    fmt::format("there is no pg_restore of PostgreSQL {} or newer here", binaries.major),
                    fmt::format("install it (Debian: apt install postgresql-client-{})", binaries.major));
}

sys::Command confined_tool(const Instance& draft, std::vector<std::string> argv, const std::string& database,
                           const std::vector<std::filesystem::path>& readable) {
  sys::Command command;
  command.argv = std::move(argv);
  command.environment = draft.binaries().environment();
  command.directory = "/";
  command.account = sys::server_account();
  return draft.confined(command, database, "", readable);
}

void restore_database(const Instance& draft, const std::string& database, const ArchivePath& archive, const Feed& feed,
                      std::vector<std::string>& notes) {
  if (database == elsewhere) return feed(restore_command(draft, database, archive, false));
  if (auto connection = draft.connect(elsewhere); exists(connection, database))
    connection.none("drop database " + pg::quote_identifier(database));
  try {
    restore_whole(draft, archive, feed, notes);
  } catch (const base::Error& error) {
    auto connection = draft.connect(elsewhere);
    const bool about_locale = error.message().find("locale") != std::string::npos;
    if (!about_locale || exists(connection, database)) throw;
    connection.none(fmt::format("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'",
                                pg::quote_identifier(database)));
    notes.push_back(
        "this machine lacks the database's locale, so text sorts by C.UTF-8 here, and the database's own settings "
        "and privileges are missing: " +
        error.message());
    feed(restore_command(draft, database, archive, false));
  }
}

}  // namespace scratch
