#include "restore/live_server.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <exception>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "restore/load.h"
#include "restore/proofs.h"
#include "sys/signals.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

constexpr std::size_t longest_name = 63;  // NAMEDATALEN - 1
constexpr std::string_view temporary_mark = "_restoring_";

// What is used while another database is made or renamed.
pg::Connection connect_elsewhere(pg::Parameters parameters) {
  std::optional<Error> failure;
  for (const char* database : {"postgres", "template1"}) {
    if (parameters["dbname"] == database) continue;
    try {
      parameters["dbname"] = database;
      parameters["application_name"] = "pgrehearse restore";
      return pg::Connection::open(parameters);
    } catch (const Error& error) {
      const bool no_such_database =
          error.sqlstate() == "3D000" || error.message().find("does not exist") != std::string::npos;
      if (!no_such_database) throw;
      failure = error;
    }
  }
  throw Error(*failure);
}

std::string require_name(const pg::Parameters& target) {
  const auto found = target.find("dbname");
  if (found != target.end() && !found->second.empty()) return found->second;
  throw Error(Code::usage, "--into names a server and no database",
              "write it as postgresql://user@host:port/database; nothing was changed");
}

// `name` with `ending`, cut so that a server does not cut it. Names are cut between characters.
std::string with_ending(std::string name, const std::string& ending) {
  while (name.size() + ending.size() > longest_name) {
    while ((static_cast<unsigned char>(name.back()) & 0xC0U) == 0x80U) name.pop_back();
    name.pop_back();
  }
  return name + ending;
}

}  // namespace

LiveServer::LiveServer(const pg::Parameters& target)
    : target_(target), database_(require_name(target)), anywhere_(connect_elsewhere(target)) {}

pg::Connection LiveServer::connect(const std::string& database) const {
  pg::Parameters parameters = target_;
  parameters["dbname"] = database;
  parameters["application_name"] = "pgrehearse restore";
  return pg::Connection::open(parameters);
}

std::string LiveServer::description() const {
  return pg::describe(target_);
}

bool LiveServer::exists(const std::string& database) {
  return anywhere_.maybe_row("select 1 from pg_catalog.pg_database where datname = $1", {database}).has_value();
}

LiveServer::Standing LiveServer::standing() {
  if (!exists(database_)) return Standing::missing;
  auto connection = connect(database_);
  // 16384 is the first oid that is not the server's own; a schema, a type, a function alone is something too.
  const auto found = connection.one_value(R"(
    select exists (select from pg_catalog.pg_class where oid >= 16384)
        or exists (select from pg_catalog.pg_namespace where oid >= 16384 and nspname !~ '^pg_(toast_)?temp_')
        or exists (select from pg_catalog.pg_proc where oid >= 16384)
        or exists (select from pg_catalog.pg_type where oid >= 16384)
        or exists (select from pg_catalog.pg_extension where oid >= 16384)
        or exists (select from pg_catalog.pg_largeobject_metadata))");
  return found == "t" ? Standing::filled : Standing::empty;
}

void LiveServer::require(int major, const std::vector<std::string>& extensions) {
  if (anywhere_.server_major() < major) {
    throw Error(
        Code::refused,
        fmt::format("the recovery point is of PostgreSQL {}, and the server is {}", major, anywhere_.server_major()),
        "nothing was changed; an older server does not understand a newer one's dump");
  }
  for (const std::string& extension : extensions) {
    if (anywhere_.maybe_row("select 1 from pg_catalog.pg_available_extensions where name = $1", {extension})) continue;
    throw Error(Code::tool,
                fmt::format("the recovery point uses extension {}, which the server does not have", extension),
                fmt::format("nothing was changed; install it there (Debian: often postgresql-{}-{})",
                            anywhere_.server_major(), extension));
  }
}

void LiveServer::make_roles(const std::string& script, const std::set<std::string>& needed,
                            std::vector<std::string>& notes) {
  std::vector<std::string> refused;
  restore::make_roles(anywhere_, script, refused);
  std::vector<std::string> missing;
  for (const std::string& role : needed) {
    if (!anywhere_.maybe_row("select 1 from pg_catalog.pg_roles where rolname = $1", {role})) missing.push_back(role);
  }
  if (!missing.empty()) {
    throw Error(Code::refused,
                fmt::format("the server lacks {} of the recovery point, and this role could not make them: {}",
                            missing.size() == 1 ? "a role" : "roles", some_of(missing)),
                "nothing was changed; make them first, or restore as a role with CREATEROLE");
  }
  notes.insert(notes.end(), refused.begin(), refused.end());
}

void LiveServer::note_leftovers(std::vector<std::string>& notes) {
  const std::string any = temporary_name();
  const std::string without_random = any.substr(0, any.rfind('_') + 1);
  for (const auto& row : anywhere_.rows(
           R"(select datname from pg_catalog.pg_database d
              where pg_catalog.starts_with(datname, $1)
                and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid))",
           {without_random})) {
    notes.push_back(fmt::format("{} was left behind by a restore that was killed; nobody uses it: DROP DATABASE {}",
                                *row[0], pg::quote_identifier(*row[0])));
  }
}

std::string LiveServer::temporary_name() const {
  return with_ending(database_, std::string(temporary_mark) + base::random_hex(4));
}

std::string LiveServer::keeping_name(const std::string& point) {
  std::string name = with_ending(database_, "_before_" + point);
  if (!exists(name)) return name;
  throw Error(Code::refused, fmt::format("there is a database {} already, of a restore before this one", name),
              "nothing was changed; drop or rename it first");
}

void LiveServer::end_sessions(const std::string& database) {
  anywhere_.none(
      "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity "
      "where datname = $1 and pid <> pg_catalog.pg_backend_pid()",
      {database});
}

void LiveServer::publish(const std::string& made, const std::string& old_name) {
  constexpr int attempts = 5;
  const auto rename = [&](const std::string& from, const std::string& to) {
    anywhere_.none(fmt::format("alter database {} rename to {}", pg::quote_identifier(from), pg::quote_identifier(to)));
  };
  for (int attempt = 1;; ++attempt) {
    if (!old_name.empty()) end_sessions(database_);
    const sys::InterruptShield shield;  // what was committed is not told as undone
    try {
      anywhere_.none("begin");
      if (!old_name.empty()) rename(database_, old_name);
      rename(made, database_);
      anywhere_.none("commit");
      return;
    } catch (const Error& error) {
      if (error.sqlstate().empty()) {  // the answer was lost: whether it was committed only the server knows
        anywhere_ = connect_elsewhere(target_);
        if (!exists(made)) return;
        throw;
      }
      anywhere_.none("rollback");
      // Somebody connected in between: clients come back at once.
      const bool in_use = error.sqlstate() == "55006";
      if (!in_use || attempt == attempts) throw;
    }
  }
}

bool LiveServer::drop(const std::string& database) noexcept {
  const sys::InterruptShield shield;
  try {
    if (anywhere_.in_transaction()) anywhere_.none("rollback");
    anywhere_.none(fmt::format("drop database if exists {} with (force)", pg::quote_identifier(database)));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace restore
