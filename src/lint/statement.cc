#include "lint/statement.h"

#include <algorithm>

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
      try_as<PgQuery__DropdbStmt>(message, pg_query__dropdb_stmt__descriptor, examiner) ||
      try_as<PgQuery__DropOwnedStmt>(message, pg_query__drop_owned_stmt__descriptor, examiner) ||
      try_as<PgQuery__Constraint>(message, pg_query__constraint__descriptor, examiner);
}

}  // namespace

std::vector<Hit> apply_rules(const PgQuery__ParseResult& tree, const Context& context, Effort& effort) {
  Examiner examiner(context, with_clauses(tree), effort);
  sql::walk(tree.base, [&](const ProtobufCMessage& message) {
    examine(message, tree, examiner);
    return !effort.exhausted();
  });
  return examiner.take();
}

}  // namespace lint
