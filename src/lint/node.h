// Reading libpg_query's parse tree without ceremony. Everything here accepts a null pointer and answers "nothing".
#pragma once

#include <pg_query/pg_query.pb-c.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lint {

using Node = PgQuery__Node;

std::string_view text(const char* text);       // "" for null
std::string_view string_of(const Node* node);  // of a String node, else ""
std::string_view last_string(std::span<Node* const> names);
std::span<Node* const> items(std::size_t count, Node* const* nodes);
std::span<Node* const> list_items(const Node* node);  // of a List node, else none

const PgQuery__AExpr* a_expr(const Node* node);
const PgQuery__FuncCall* func_call(const Node* node);
const PgQuery__SelectStmt* select_of(const Node* node);

// A column as written: "users.id" is {"users", "id"}; "app.users.id" too; "*" is a name like any other.
struct Column {
  std::string_view qualifier;
  std::string_view name;
  int location = 0;
};
std::optional<Column> column_of(const Node* node);

// `node` without casts, COLLATE, and the parentheses of a row of one.
const Node* bare(const Node* node);

// The last part of a function's name, or "".
std::string_view function_name(const Node* node);
// The operator of an A_Expr without its schema, or "".
std::string_view operator_of(const PgQuery__AExpr& expression);

// Where an expression's text begins, as far as its nodes know; -1 where they do not.
int location_of(const Node* node);

bool is_literal_text(const Node* node);                         // a string constant
std::string_view literal_text(const Node* node);                // its value, or ""
std::optional<std::int64_t> literal_integer(const Node* node);  // also '5', 5::bigint, -5

}  // namespace lint
