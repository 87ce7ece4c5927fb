#include "rehearse/script_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "sql/script.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/terminal.h"

namespace rehearse {

namespace {

// A command is a person's program: it may take as long as a night's work, and Ctrl-C ends it.
constexpr std::chrono::hours command_limit{24};

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// The server counts characters, from 1; the line is what an editor needs.
int line_of_position(std::string_view statement, int position) {
  std::size_t at = 0;
  for (int characters = 1; characters < position && at < statement.size(); ++at) {
    if ((static_cast<unsigned char>(statement[at]) & 0xC0) != 0x80) ++characters;
  }
  return line_at(statement, std::min(at, statement.size())) - 1;
}

// CREATE INDEX CONCURRENTLY and the like.
bool may_wait_for_snapshots(std::string_view statement) {
  return base::contains_ignoring_case(statement, "concurrently");
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const std::size_t at = text.rfind('\n');
  return base::one_line(at == std::string_view::npos ? text : text.substr(at + 1), 300);
}

}  // namespace

std::vector<Script> read_scripts(const std::vector<std::string>& files, const std::vector<std::string>& commands) {
  std::vector<Script> scripts;
  for (const std::string& name : files) {
    Script script;
    try {
      script.text = sys::read_file(name);
    } catch (base::Error& error) {
      throw base::Error(base::Code::usage, error.message(), "name a file with SQL in it, or use --exec for a program");
    }
    script.file = {.name = name, .bytes = script.text.size(), .sha256 = base::sha256_hex(script.text)};
    scripts.push_back(std::move(script));
  }
  for (const std::string& command : commands) {
    // The hash is of what is shown: one of the command line itself could be tried against passwords.
    const std::string shown = base::mask_secrets(command);
    scripts.push_back(
        {.file = {.name = shown, .command = true, .bytes = command.size(), .sha256 = base::sha256_hex(shown)},
         .text = command});
  }
  return scripts;
}

void check_scripts(const std::vector<Script>& scripts) {
  std::size_t statements = 0;
  for (const Script& script : scripts) {
    if (script.file.command) {
      ++statements;
      continue;
    }
    sql::Splitter splitter(script.text, script.file.name);
    while (splitter.next()) ++statements;
  }
  if (statements == 0) {
    throw base::Error(base::Code::usage,
                      scripts.size() == 1 ? fmt::format("{} holds no statement", scripts.front().file.name)
                                          : "the scripts hold no statement",
                      "there is nothing to rehearse");
  }
}

pg::Connection ScriptRunner::connect() const {
  pg::Parameters parameters = instance_.parameters(session_.database, session_.role);
  if (!session_.options.empty()) parameters["options"] = session_.options;
  return pg::Connection::open(parameters);
}

void ScriptRunner::run(const std::vector<Script>& scripts, Marks& marks) {
  std::optional<pg::Connection> connection;
  const sys::Progress progress("rehearsing");
  for (std::uint32_t index = 0; index < scripts.size() && !failure_; ++index) {
    run_script(scripts, index, connection, marks);
  }
}

std::optional<Failure> ScriptRunner::run_alone(const std::vector<Script>& scripts, std::uint32_t index, Marks& marks,
                                               bool may_follow) {
  std::optional<pg::Connection> connection = std::exchange(forgetful_, std::nullopt);
  run_script(scripts, index, connection, marks);
  if (may_follow && connection && !failure_ && connection->run_statement("DISCARD ALL", {}).ok)
    forgetful_ = std::move(connection);
  return std::exchange(failure_, std::nullopt);
}

void ScriptRunner::run_script(const std::vector<Script>& scripts, std::uint32_t index,
                              std::optional<pg::Connection>& connection, Marks& marks) {
  if (scripts[index].file.command) {
    connection.reset();  // the command may want locks that the session holds
    return run_command(scripts[index], index, marks);
  }
  if (!connection) {
    connection.emplace(connect());
    backends_.push_back(connection->backend_pid());
  }
  run_sql(*connection, scripts[index], index, marks);
}

void ScriptRunner::run_sql(pg::Connection& connection, const Script& script, std::uint32_t index, Marks& marks) {
  sql::Splitter splitter(script.text, script.file.name);
  while (const auto statement = splitter.next()) {
    const RanStatement ran{.script = index,
                           .line = static_cast<std::uint32_t>(statement->line),
                           .offset = static_cast<std::size_t>(statement->text.data() - script.text.data()),
                           .length = statement->text.size()};
    marks.add(watch_.position());
    statements_.push_back(ran);
    if (may_wait_for_snapshots(statement->text)) watch_.rest();
    const auto outcome = connection.run_statement(statement->text, statement->copy_data);
    if (!outcome.ok) return fail(script, ran, outcome);
  }
  if (connection.in_transaction()) {
    left_open_.push_back(script.file.name);
    connection.none("ROLLBACK");
  }
}

void ScriptRunner::fail(const Script& script, const RanStatement& statement, const pg::Connection::Outcome& outcome) {
  const std::string_view text = std::string_view(script.text).substr(statement.offset, statement.length);
  lost_session_ = outcome.connection_lost;
  Failure failure{.statement = static_cast<int>(statements_.size()),
                  .file = script.file.name,
                  .line = static_cast<int>(statement.line) + line_of_position(text, outcome.position),
                  .sqlstate = outcome.sqlstate,
                  .message = outcome.message};
  failure_ = std::move(failure);
}

void ScriptRunner::run_command(const Script& script, std::uint32_t index, Marks& marks) {
  marks.add(watch_.position());
  statements_.push_back({.script = index, .line = 1, .offset = 0, .length = script.text.size()});
  if (const auto error = command_error(script.text)) {
    failure_ =
        Failure{.statement = static_cast<int>(statements_.size()), .file = "--exec", .line = 1, .message = *error};
  }
}

std::optional<std::string> ScriptRunner::command_error(const std::string& command) const {
  // The person wrote a shell command line; its words are theirs to quote.
  sys::Command shell{.argv = {"/bin/sh", "-c", command}};
  if (!session_.options.empty()) shell.environment["PGOPTIONS"] = session_.options;
  watch_.rest();
  const sys::Output output = sys::run(instance_.confined(shell, session_.database, session_.role), {}, command_limit);
  if (output.exit.ok()) return std::nullopt;
  const std::string said = last_line(output.err);
  return base::mask_secrets(
      fmt::format("the command ended with {}{}{}", output.exit.describe(), said.empty() ? "" : ": ", said));
}

bool sessions_forget(pg::Connection& connection) {
  return connection.one_value(
             "select not exists (select from pg_catalog.pg_language"
             "  where lanname not in ('internal', 'c', 'sql', 'plpgsql'))"
             " and not exists (select from pg_catalog.pg_event_trigger where evtevent = 'login' and evtenabled <> "
             "'D')") == "t";
}

std::string ScriptRunner::probe(const contract::Probe& probe) {
  if (!probe.command.empty()) return command_error(probe.command).value_or("");
  pg::Connection connection = connect();
  sql::Splitter splitter(probe.sql, "probe " + probe.name);
  while (const auto statement = splitter.next()) {
    const auto outcome = connection.run_statement(statement->text, statement->copy_data);
    if (!outcome.ok) return outcome.message;
  }
  return {};
}

}  // namespace rehearse
