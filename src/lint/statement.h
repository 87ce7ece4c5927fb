// The rules, applied to one statement.
#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/effort.h"
#include "lint/node.h"
#include "lint/origin.h"
#include "lint/predicate.h"
#include "lint/rule.h"
#include "lint/tables.h"

namespace lint {

// One thing that a rule says of a statement.
struct Hit {
  Rule rule = Rule::unparseable;
  int at = 0;           // byte offset into the statement
  std::string message;  // what is there: "DELETE from users takes its rows by a range of ids"
};

// What is known around a statement.
struct Context {
  const Tables* tables = nullptr;
  // Tables made by CREATE TEMP TABLE in the same file: nobody's but the session's.
  const std::set<std::string, std::less<>>* temporary = nullptr;
  // Inside functions: what is no column, and what of that was read from rows.
  const std::set<std::string, std::less<>>* variables = nullptr;
  const std::set<std::string, std::less<>>* computed = nullptr;
  std::span<const LoopVariable> loops = {};
  std::string_view copy_data;  // the lines after COPY … FROM STDIN
  bool open_ended = false;     // the program puts a clause of its own into the statement, a WHERE perhaps
  Given given = {};
};

// Every hit in the statements of `tree`, in no particular order. Worth nothing where `effort` ran out on the way.
std::vector<Hit> apply_rules(const PgQuery__ParseResult& tree, const Context& context, Effort& effort);

// The parts of apply_rules, one for each kind of statement. `with` are the WITH clauses of the whole statement.
class Examiner {
 public:
  Examiner(const Context& context, std::vector<const PgQuery__WithClause*> with, Effort& effort)
      : context_(context), with_(std::move(with)), effort_(effort) {}

  void examine(const PgQuery__DeleteStmt& erase);
  void examine(const PgQuery__UpdateStmt& update);
  void examine(const PgQuery__MergeStmt& merge);
  void examine(const PgQuery__InsertStmt& insert);
  void examine(const PgQuery__CopyStmt& copy);
  void examine(const PgQuery__TruncateStmt& truncate);
  void examine(const PgQuery__DropStmt& drop);
  void examine(const PgQuery__AlterTableStmt& alter);
  void examine(const PgQuery__RenameStmt& rename);
  void examine(const PgQuery__DropdbStmt& drop);
  void examine(const PgQuery__DropOwnedStmt& drop);
  void examine(const PgQuery__Constraint& constraint);
  // setval, with the tables that the statement reads.
  void examine(const PgQuery__FuncCall& call, const PgQuery__ParseResult& tree);

  std::vector<Hit> take() { return std::move(hits_); }

 private:
  std::optional<Target> target(const PgQuery__RangeVar* relation) const;
  void add(Rule rule, int at, std::string message);

  Surroundings surroundings(std::span<Node* const> from, bool erases);
  void judge_rows(std::string_view verb, const PgQuery__RangeVar& relation, const Target& target, const Node* where,
                  std::span<Node* const> from, int at, bool erases);
  void judge_settings(std::string_view verb, const PgQuery__RangeVar& relation, const Target& target,
                      std::span<Node* const> settings, bool unowned, bool id_is_given, int at);
  void judge_upsert(const PgQuery__InsertStmt& insert, const Target& target);
  void judge_copied(const PgQuery__CopyStmt& copy, const Target& target);
  void drop_column(const PgQuery__AlterTableCmd& command, const Target& target, int at);
  void drop_constraint(const PgQuery__AlterTableStmt& alter, const PgQuery__AlterTableCmd& command,
                       const Target& target);
  void retype_column(const PgQuery__AlterTableCmd& command, const Target& target, int at);

  const Context& context_;
  std::vector<const PgQuery__WithClause*> with_;
  Effort& effort_;
  std::vector<Hit> hits_;
};

}  // namespace lint
