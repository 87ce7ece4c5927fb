// Statements that stand in no script: inside functions, DO blocks, triggers, and in what an --exec program sends.
//
// pg_stat_statements, loaded into the scratch and nowhere else, keeps every statement's text once, nested ones too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scratch/binaries.h"
#include "scratch/instance.h"
#include "sql/facts.h"

namespace rehearse {

// Settings for an instance that shall tell; empty where these binaries lack the library.
std::map<std::string, std::string> nested_settings(const scratch::Binaries& binaries);

class NestedStatements {
 public:
  // Forgets what ran before, unless read() just did. `told`: the instance was started with nested_settings() that were
  // not empty.
  NestedStatements(const scratch::Instance& instance, bool told, bool forgotten = false);
  // Reads what ran in `database` since, once, after the scripts, and forgets it.
  void read(const scratch::Instance& instance, const std::string& database);

  bool told() const { return told_; }
  // Of all of them together: what they write, and whether one sets a sequence.
  const sql::Facts& facts() const { return facts_; }

 private:
  bool told_;
  sql::Facts facts_;
};

}  // namespace rehearse
