#include "lint/statement.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "sql/parse_tree.h"

namespace lint {
namespace {

template <typename T>
bool try_as(const ProtobufCMessage& message, const ProtobufCMessageDescriptor& descriptor, Examiner& examiner) {
  const T* typed = sql::as<T>(message, descriptor);
  if (typed) examiner.examine(*typed);
  return typed != nullptr;
}

std::vector<const PgQuery__WithClause*> with_clauses(const PgQuery__ParseResult& tree) {
  std::vector<const PgQuery__WithClause*> found;
  sql::walk(tree.base, [&](const ProtobufCMessage& message) {
    const auto* with = sql::as<PgQuery__WithClause>(message, pg_query__with_clause__descriptor);
    if (with) found.push_back(with);
    return true;
  });
  return found;
}

// EXPLAIN runs nothing, but with ANALYZE; of an option that is given twice the last one counts.
bool only_explains(const ProtobufCMessage& message) {
  const auto* explain = sql::as<PgQuery__ExplainStmt>(message, pg_query__explain_stmt__descriptor);
  if (!explain) return false;
  bool runs = false;
  for (const Node* option : items(explain->n_options, explain->options)) {
    if (text(option->def_elem->defname) != "analyze") continue;
    const Node* value = option->def_elem->arg;
    static constexpr std::array<std::string_view, 3> off = {"false", "off", "0"};
    runs = !value || (value->node_case == PG_QUERY__NODE__NODE_INTEGER
                          ? value->integer->ival != 0
                          : std::find(off.begin(), off.end(), base::lower_case(string_of(value))) == off.end());
  }
  return !runs;
}

void examine(const ProtobufCMessage& message, const PgQuery__ParseResult& tree, Examiner& examiner) {
  if (const auto* call = sql::as<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) {
    examiner.examine(*call, tree);
    return;
  }
  try_as<PgQuery__DeleteStmt>(message, pg_query__delete_stmt__descriptor, examiner) ||
      try_as<PgQuery__UpdateStmt>(message, pg_query__update_stmt__descriptor, examiner) ||
      try_as<PgQuery__InsertStmt>(message, pg_query__insert_stmt__descriptor, examiner) ||
      try_as<PgQuery__MergeStmt>(message, pg_query__merge_stmt__descriptor, examiner) ||
      try_as<PgQuery__CopyStmt>(message, pg_query__copy_stmt__descriptor, examiner) ||
      try_as<PgQuery__TruncateStmt>(message, pg_query__truncate_stmt__descriptor, examiner) ||
      try_as<PgQuery__DropStmt>(message, pg_query__drop_stmt__descriptor, examiner) ||
      try_as<PgQuery__AlterTableStmt>(message, pg_query__alter_table_stmt__descriptor, examiner) ||
      try_as<PgQuery__RenameStmt>(message, pg_query__rename_stmt__descriptor, examiner) ||
      try_as<PgQuery__DropdbStmt>(message, pg_query__dropdb_stmt__descriptor, examiner) ||
      try_as<PgQuery__DropOwnedStmt>(message, pg_query__drop_owned_stmt__descriptor, examiner) ||
      try_as<PgQuery__Constraint>(message, pg_query__constraint__descriptor, examiner);
}

}  // namespace

std::vector<Hit> apply_rules(const PgQuery__ParseResult& tree, const Context& context, Effort& effort) {
  Examiner examiner(context, with_clauses(tree), effort);
  sql::walk(tree.base, [&](const ProtobufCMessage& message) {
    if (only_explains(message)) return false;
    examine(message, tree, examiner);
    return !effort.exhausted();
  });
  return examiner.take();
}

}  // namespace lint
