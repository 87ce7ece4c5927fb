#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "restore/archive.h"
#include "restore/copies.h"
#include "restore/feed.h"
#include "restore/live_server.h"
#include "restore/load.h"
#include "restore/restore.h"
#include "scratch/dump_tool.h"
#include "scratch/restore.h"
#include "sys/clock.h"
#include "sys/file.h"

namespace restore {

namespace {

using base::Code;
using base::Error;

class LiveRestore {
 public:
  LiveRestore(const Choice& choice, const repository::KeyRing* keys, const IntoDatabase& wanted)
      : choice_(choice), keys_(keys), wanted_(wanted), server_(wanted.target) {}

  Restored run() {
    const sys::Stopwatch stopwatch;
    const auto standing = server_.standing();
    if (standing == LiveServer::Standing::filled && !wanted_.replace) {
      throw Error(Code::refused, fmt::format("{} is there and not empty", server_.description()),
                  "nothing was changed; name another database, or say --replace: what is there is then kept under "
                  "another name");
    }
    // Before anything is read: a name that is taken ends it.
    if (standing == LiveServer::Standing::filled) restored_.kept_as = server_.keeping_name(choice_.point.id);
    prepare();
    standing == LiveServer::Standing::empty ? fill() : build();
    restored_.point = choice_.point.id;
    restored_.store = choice_.from.name;
    restored_.into = server_.description();
    restored_.bytes = choice_.point.manifest->bytes();
    restored_.took = stopwatch.elapsed();
    return restored_;
  }

 private:
  void prepare() {
    std::string roles;
    try {
      header_ = read_header(choice_, keys_, wanted_.isolation);
      definitions_ = read_definitions(choice_, keys_, wanted_.isolation, header_);
      roles = read_small(choice_, object_of(choice_, roles_object), keys_);
    } catch (Error& error) {
      say_untouched(error, "nothing was changed");
      throw;
    }
    server_.require(header_.major, header_.extensions);
    server_.make_roles(roles, definitions_.roles, restored_.notes);
    server_.note_leftovers(restored_.notes);
  }

  // What is new appears with its last transaction, or not at all.
  void fill() {
    try {
      restore(server_.database(), {"--single-transaction"});
    } catch (Error& error) {
      say_untouched(error, "the database is as empty as it was");
      throw;
    }
    restored_.notes.emplace_back(
        "the database was there, so its own settings, owner and privileges are those that it had");
  }

  void build() {
    const std::string name = server_.temporary_name();
    try {
      create(name);
      restore(name, {"--exit-on-error"});
      set_up(name);
      server_.publish(name, restored_.kept_as);
    } catch (Error& error) {
      const bool dropped = server_.drop(name);
      say_untouched(error, dropped
                               ? "nothing was changed: what was made was dropped again"
                               : fmt::format("what was made is there still, as {}, or has its own name already", name));
      throw;
    } catch (...) {
      server_.drop(name);
      throw;
    }
  }

  bool makes_database(const std::string& statement) const { return statement.starts_with("CREATE DATABASE "); }

  void create(const std::string& name) {
    for (const std::string& statement : definitions_.database) {
      if (!makes_database(statement)) continue;
      try {
        create_where_it_may(about_database(statement, header_.database, name));
      } catch (Error& error) {
        if (error.message().find("locale") == std::string::npos) throw;
        throw error.with_hint(
            fmt::format("the server lacks the locale; to have another one, create database {} yourself, empty, and run "
                        "this again",
                        base::one_line(server_.database(), 80)));
      }
      return;
    }
    throw Error(Code::input, fmt::format("the archive in {} makes no database", choice_.point.id));
  }

  // In its own tablespace where the server has it, else in the default one.
  void create_where_it_may(const std::string& statement) {
    try {
      server_.anywhere().none(statement);
    } catch (const Error& error) {
      constexpr std::string_view undefined_object = "42704";
      const auto elsewhere = without_tablespace(statement);
      if (error.sqlstate() != undefined_object || !elsewhere) throw;
      server_.anywhere().none(*elsewhere);
      restored_.notes.push_back(
          fmt::format("the database lies in the server's default tablespace: {}", error.message()));
    }
  }

  // Owner, settings, privileges and comment of the database itself: last, for they may make it read-only.
  void set_up(const std::string& name) {
    for (const std::string& statement : definitions_.database) {
      if (makes_database(statement)) continue;
      const auto outcome =
          server_.anywhere().run_statement(about_database(statement, header_.database, name), std::nullopt);
      if (outcome.connection_lost) throw Error(Code::server, outcome.message);
      if (!outcome.ok) {
        restored_.notes.push_back(
            fmt::format("the server refused {}: {}", base::one_line(statement, 120), outcome.message));
      }
    }
  }

  void restore(const std::string& database, const std::vector<std::string>& arguments) {
    const auto& binaries = binaries_of(choice_);
    const sys::TemporaryDirectory temporary;
    const auto connection = server_.connect(database);
    sys::Command command;
    command.argv = {scratch::require_pg_restore(binaries).string(), "--no-tablespaces"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = binaries.environment();
    scratch::reach(connection, temporary.path(), command);
    ObjectFeed(choice_, object_of(choice_, dump_object), keys_, temporary.path()).run(command);
  }

  const Choice& choice_;
  const repository::KeyRing* keys_;
  const IntoDatabase& wanted_;
  LiveServer server_;
  scratch::ArchiveHeader header_;
  Definitions definitions_;
  Restored restored_;
};

}  // namespace

Restored restore_database(const Choice& choice, const repository::KeyRing* keys, const IntoDatabase& wanted) {
  require_complete(choice);
  if (!choice.point.manifest->database) {
    throw Error(Code::usage, fmt::format("{} is of Redis: it is restored into a directory", choice.point.id),
                "nothing was changed; say --into DIRECTORY, and how to start a server from there is said then");
  }
  return LiveRestore(choice, keys, wanted).run();
}

}  // namespace restore
