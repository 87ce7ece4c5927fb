// Statements that stand in no script: inside functions, DO blocks, triggers, and in what an --exec program sends.
//
// pg_stat_statements, loaded into the scratch and nowhere else, keeps every statement's text once, nested ones too.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"
#include "scratch/binaries.h"
#include "scratch/instance.h"
#include "sql/facts.h"

namespace rehearse {

// Settings for an instance that shall tell; empty where these binaries lack the library.
std::map<std::string, std::string> nested_settings(const scratch::Binaries& binaries);

// What the scratch remembers, asked in another database than the rehearsed one, which stays without our extension.
class StatementLog {
 public:
  // `instance` must outlive it. It tells something where the instance was started with nested_settings().
  StatementLog(const scratch::Instance& instance, std::string rehearsed);

  bool told() const { return told_; }
  // From now on its session stays open while scripts run, which spares one for every question. They can then neither
  // drop the database "postgres" nor make another one from it; template1 is left in peace.
  void stay() { stays_ = true; }

  void forget();
  // Calls `visit` with every statement that writes and ran in the rehearsed database, each once, and forgets them.
  // `inside`: another statement ran it.
  void take(const std::function<void(std::string_view, bool inside)>& visit);

 private:
  pg::Connection& session();
  void ask(const std::function<void(pg::Connection&)>& question);

  const scratch::Instance& instance_;
  const std::string rehearsed_;
  const bool told_;
  bool stays_ = false;
  std::string made_in_;  // the database of the session, which has the extension
  std::optional<pg::Connection> session_;
};

class NestedStatements {
 public:
  // Forgets what ran before, unless read() just did.
  explicit NestedStatements(StatementLog& log, bool forgotten = false);
  // Reads what ran since, once, after the scripts.
  void read();

  bool told() const { return log_.told(); }
  // Of all of them together: what they write; and whether one sets a sequence that stands in no script, inside of
  // another statement or prepared. No sequence is named: the server keeps its name as a parameter.
  const sql::Facts& facts() const { return facts_; }
  // Whether one sets a sequence that may stand in a script.
  bool set_outside() const { return set_outside_; }

 private:
  StatementLog& log_;
  sql::Facts facts_;
  bool set_outside_ = false;
};

}  // namespace rehearse
