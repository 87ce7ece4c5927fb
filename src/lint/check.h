// The rules, applied to everything that was found in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/rule.h"
#include "lint/tables.h"
#include "source/extract.h"

namespace lint {

struct Finding {
  Rule rule = Rule::unparseable;
  Severity severity = Severity::error;
  std::string file;
  int line = 1;  // as editors count, both from 1; the column in code points
  int column = 1;
  int first_line = 1;  // of the statement, and its last
  int last_line = 1;
  std::string what;       // what is there, a sentence without a full stop
  std::string statement;  // its first words on one line; empty for what is no statement
  std::string instead;    // what to do about this one; empty: what the rule says
};

// "what: why", as reports and annotations show it.
std::string message(const Finding& finding);

// What a file's statements tell of tables, in their order, for Tables::learn(). Without a contract that decides what
// the rules are about. From any thread, while nobody changes `tables`.
std::vector<Lesson> lessons_in(const source::Extraction& extraction, const Tables& tables);

// Every finding in a file, in the order of the file; `file` names it in them. Suppressions count already. From any
// thread, while nobody changes `tables`. The time is bounded whatever the text says: a statement that would take too
// much of it (effort.h) is a finding. Throws Error(interrupted) on a signal.
std::vector<Finding> check(const std::string& file, const source::Extraction& extraction, const Tables& tables);

// The same for one text of SQL, such as a function's definition as pg_get_functiondef() writes it.
std::vector<Finding> check(const std::string& file, std::string_view sql, const Tables& tables);

}  // namespace lint
