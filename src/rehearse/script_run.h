// Running scripts, commands and probes on a scratch, as the role that would run them on the source.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/watch.h"
#include "pg/connection.h"
#include "rehearse/plan.h"
#include "rehearse/recording.h"
#include "scratch/instance.h"

namespace rehearse {

// A script's bytes, or a command to run in its place.
struct Script {
  ScriptFile file;
  std::string text;  // SQL, or the command line with its secrets
};

// Reads and hashes scripts. Throws Error(usage): not there, a directory, unreadable.
std::vector<Script> read_scripts(const std::vector<std::string>& files, const std::vector<std::string>& commands);

// Cuts every script once, so that a meta-command or an open quote at its end is refused before anything starts. Throws
// Error(usage); also where there is not one statement in all of them.
void check_scripts(const std::vector<Script>& scripts);

// A statement that ran: where its text stands. Small, because a script may hold a million.
struct RanStatement {
  std::uint32_t script = 0;
  std::uint32_t line = 0;
  std::size_t offset = 0;  // into Script::text
  std::size_t length = 0;
};

struct Session {
  std::string database;
  std::string role;
  std::string options;  // libpq `options` of the source's URL: it may set the search path
};

class ScriptRunner {
 public:
  ScriptRunner(const scratch::Instance& instance, capture::Watch& watch, Session session)
      : instance_(instance), watch_(watch), session_(std::move(session)) {}

  // Runs all of them in order, on one session, until the first failure.
  void run(const std::vector<Script>& scripts, Marks& marks);
  // One of them, whatever failed before, on a session of its own; its failure is returned and not kept. Where a session
  // `may_follow` another, it is one that an earlier script had, with everything forgotten that a session can hold.
  std::optional<Failure> run_alone(const std::vector<Script>& scripts, std::uint32_t index, Marks& marks,
                                   bool may_follow = false);
  // One probe, on a session of its own; its error, or nothing.
  std::string probe(const contract::Probe& probe);

  const std::vector<RanStatement>& statements() const { return statements_; }
  const std::optional<Failure>& failure() const { return failure_; }
  // Process ids of the sessions that scripts ran in.
  const std::vector<int>& backends() const { return backends_; }
  // The session ended under a statement: by itself, or with the whole server.
  bool lost_session() const { return lost_session_; }
  // Scripts that ended inside a transaction, which was rolled back as psql would.
  const std::vector<std::string>& left_open() const { return left_open_; }

 private:
  pg::Connection connect() const;
  void run_script(const std::vector<Script>& scripts, std::uint32_t index, std::optional<pg::Connection>& connection,
                  Marks& marks);
  void run_sql(pg::Connection& connection, const Script& script, std::uint32_t index, Marks& marks);
  void run_command(const Script& script, std::uint32_t index, Marks& marks);
  std::optional<std::string> command_error(const std::string& command) const;
  void fail(const Script& script, const RanStatement& statement, const pg::Connection::Outcome& outcome);

  const scratch::Instance& instance_;
  capture::Watch& watch_;
  Session session_;
  std::vector<RanStatement> statements_;
  std::optional<Failure> failure_;
  std::vector<std::string> left_open_;
  std::vector<int> backends_;
  bool lost_session_ = false;
  std::optional<pg::Connection> forgetful_;  // of run_alone(), as good as new
};

// Where DISCARD ALL makes a session as good as new: no procedural language but PL/pgSQL keeps things of its own in one,
// and nothing happens when one begins. Asked in the rehearsed database.
bool sessions_forget(pg::Connection& connection);

}  // namespace rehearse
