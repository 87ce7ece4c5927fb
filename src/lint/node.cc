#include "lint/node.h"

#include <algorithm>
#include <charconv>

namespace lint {
namespace {

std::optional<std::int64_t> integer_in(std::string_view digits) {
  while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
  while (!digits.empty() && digits.back() == ' ') digits.remove_suffix(1);
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

const Node* first_of(std::initializer_list<const Node*> nodes) {
  for (const Node* node : nodes) {
    if (node) return node;
  }
  return nullptr;
}

}  // namespace

std::string_view text(const char* text) {
  return text ? std::string_view(text) : std::string_view();
}

std::string_view string_of(const Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? text(node->string->sval) : std::string_view();
}

std::string_view last_string(std::span<Node* const> names) {
  return names.empty() ? std::string_view() : string_of(names.back());
}

std::span<Node* const> items(std::size_t count, Node* const* nodes) {
  return {nodes, count};
}

std::span<Node* const> list_items(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_LIST) return {};
  return {node->list->items, node->list->n_items};
}

const PgQuery__AExpr* a_expr(const Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_A_EXPR ? node->a_expr : nullptr;
}

const PgQuery__FuncCall* func_call(const Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? node->func_call : nullptr;
}

const PgQuery__SelectStmt* select_of(const Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT ? node->select_stmt : nullptr;
}

std::optional<Column> column_of(const Node* node) {
  if (!node || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return std::nullopt;
  const PgQuery__ColumnRef& reference = *node->column_ref;
  if (reference.n_fields == 0) return std::nullopt;
  const Node* last = reference.fields[reference.n_fields - 1];
  Column column;
  column.location = reference.location;
  column.name = last->node_case == PG_QUERY__NODE__NODE_A_STAR ? "*" : string_of(last);
  if (reference.n_fields > 1) column.qualifier = string_of(reference.fields[reference.n_fields - 2]);
  return column;
}

const Node* bare(const Node* node) {
  while (node) {
    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
      node = node->type_cast->arg;
    } else if (node->node_case == PG_QUERY__NODE__NODE_COLLATE_CLAUSE) {
      node = node->collate_clause->arg;
    } else if (node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR && node->row_expr->n_args == 1) {
      node = node->row_expr->args[0];
    } else {
      return node;
    }
  }
  return node;
}

std::string_view function_name(const Node* node) {
  const PgQuery__FuncCall* call = func_call(node);
  return call ? last_string(items(call->n_funcname, call->funcname)) : std::string_view();
}

std::string_view operator_of(const PgQuery__AExpr& expression) {
  return last_string(items(expression.n_name, expression.name));
}

int location_of(const Node* node) {
  if (!node) return -1;
  const auto of = [](const Node* inner, int own) {
    const int begin = location_of(inner);
    return begin < 0 ? own : (own < 0 ? begin : std::min(begin, own));
  };
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      return node->column_ref->location;
    case PG_QUERY__NODE__NODE_A_CONST:
      return node->a_const->location;
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return node->param_ref->location;
    case PG_QUERY__NODE__NODE_FUNC_CALL:
      return node->func_call->location;
    case PG_QUERY__NODE__NODE_TYPE_CAST:
      return of(node->type_cast->arg, node->type_cast->location);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return of(first_of({node->a_expr->lexpr}), node->a_expr->location);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
      if (node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) return node->bool_expr->location;
      return of(node->bool_expr->n_args ? node->bool_expr->args[0] : nullptr, node->bool_expr->location);
    case PG_QUERY__NODE__NODE_NULL_TEST:
      return of(node->null_test->arg, node->null_test->location);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      return of(node->boolean_test->arg, node->boolean_test->location);
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return of(node->sub_link->testexpr, node->sub_link->location);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      return node->a_array_expr->location;
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return node->row_expr->location;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      return node->min_max_expr->location;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return node->coalesce_expr->location;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
      return node->case_expr->location;
    default:
      return -1;
  }
}

bool is_literal_text(const Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_A_CONST && !node->a_const->isnull &&
         node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
}

std::string_view literal_text(const Node* node) {
  return is_literal_text(node) ? text(node->a_const->sval->sval) : std::string_view();
}

std::optional<std::int64_t> literal_integer(const Node* node) {
  node = bare(node);
  if (!node) return std::nullopt;
  if (const PgQuery__AExpr* expression = a_expr(node)) {
    if (expression->lexpr || expression->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP) return std::nullopt;
    const auto inner = literal_integer(expression->rexpr);
    if (!inner || *inner == INT64_MIN) return std::nullopt;
    if (operator_of(*expression) == "-") return -*inner;
    return operator_of(*expression) == "+" ? inner : std::nullopt;
  }
  if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->isnull) return std::nullopt;
  switch (node->a_const->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      return node->a_const->ival->ival;
    case PG_QUERY__A__CONST__VAL_FVAL:
      return integer_in(text(node->a_const->fval->fval));
    case PG_QUERY__A__CONST__VAL_SVAL:
      return integer_in(text(node->a_const->sval->sval));
    default:
      return std::nullopt;
  }
}

}  // namespace lint
