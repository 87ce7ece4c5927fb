#include "lint/constant.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lint/value.h"

namespace lint {
namespace {

// factor * term + offset
struct Linear {
  const Node* term = nullptr;  // a column; null: a plain number
  std::int64_t factor = 0;
  std::int64_t offset = 0;
};

std::optional<Linear> linear(const Node* node);

std::optional<Linear> linear_sum(const Linear& a, const Linear& b, std::int64_t sign) {
  if (a.term && b.term && !same(a.term, b.term)) return std::nullopt;
  Linear sum{a.term ? a.term : b.term};
  if (__builtin_mul_overflow(b.factor, sign, &sum.factor) ||
      __builtin_add_overflow(sum.factor, a.factor, &sum.factor) ||
      __builtin_mul_overflow(b.offset, sign, &sum.offset) ||
      __builtin_add_overflow(sum.offset, a.offset, &sum.offset)) {
    return std::nullopt;
  }
  if (sum.factor == 0) sum.term = nullptr;
  return sum;
}

std::optional<Linear> linear_product(const Linear& a, const Linear& b) {
  if (a.term && b.term) return std::nullopt;
  const Linear& variable = a.term ? a : b;
  const std::int64_t by = a.term ? b.offset : a.offset;
  Linear product{variable.term};
  if (__builtin_mul_overflow(variable.factor, by, &product.factor) ||
      __builtin_mul_overflow(variable.offset, by, &product.offset)) {
    return std::nullopt;
  }
  if (product.factor == 0) product.term = nullptr;
  return product;
}

std::optional<Linear> linear(const Node* node) {
  node = bare(node);
  if (column_of(node)) return Linear{node, 1, 0};
  if (const auto number = literal_integer(node); number && !is_literal_text(node)) return Linear{nullptr, 0, *number};
  const PgQuery__AExpr* expression = a_expr(node);
  if (!expression || expression->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP) return std::nullopt;
  const std::string_view op = operator_of(*expression);
  const auto right = linear(expression->rexpr);
  const auto left = expression->lexpr ? linear(expression->lexpr) : Linear{};
  if (!left || !right) return std::nullopt;
  if (op == "+") return linear_sum(*left, *right, 1);
  if (op == "-") return linear_sum(*left, *right, -1);
  if (op == "*" && expression->lexpr) return linear_product(*left, *right);
  return std::nullopt;
}

Decided as_decided(bool yes) {
  return yes ? Decided::yes : Decided::no;
}

std::optional<Decided> decide_comparison(std::string_view op, const Node* left, const std::optional<Linear>& a,
                                         const Node* right) {
  const auto b = linear(right);
  if (a && b) {
    const auto difference = linear_sum(*a, *b, -1);
    if (difference && !difference->term) {
      const auto truth = compare(op, difference->offset < 0 ? -1 : difference->offset > 0);
      if (truth) return as_decided(*truth);
    }
  }
  if (same(left, right)) {
    if (op == "~~" || op == "~~*") return Decided::yes;
    if (const auto truth = compare(op, 0)) return as_decided(*truth);
  }
  return std::nullopt;
}

bool is_now(const Node* node) {
  const bool keyword = node && node->node_case == PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION &&
                       node->sqlvalue_function->op <= PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N;
  const std::string_view name = function_name(node);
  return keyword || name == "now" || name == "clock_timestamp" || name == "statement_timestamp";
}

bool is_long_past(const Node* node) {
  const std::string_view date = literal_text(bare(node));
  return date.size() >= 10 && date[4] == '-' && date.substr(0, 4) > "0000" && date.substr(0, 4) < "2025";
}

// length(x) >= 0, now() > '2000-01-01': what nobody's row can fail.
std::optional<Decided> decide_by_nature(std::string_view op, const Node* left, const Node* right) {
  const auto number = literal_integer(right);
  const std::string_view name = function_name(bare(left));
  if (number && (name == "length" || name == "char_length" || name == "octet_length")) {
    if ((op == ">=" && *number <= 0) || (op == ">" && *number < 0)) return Decided::yes;
  }
  if (!is_now(bare(left)) || !is_long_past(right)) return std::nullopt;
  if (op == ">" || op == ">=" || op == "<>") return Decided::yes;
  return op == "<" || op == "<=" || op == "=" ? std::optional(Decided::no) : std::nullopt;
}

// (SELECT x) is x.
const Node* selected(const Node* node) {
  const Node* link = bare(node);
  if (!link || link->node_case != PG_QUERY__NODE__NODE_SUB_LINK ||
      link->sub_link->sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
    return node;
  }
  const PgQuery__SelectStmt* select = select_of(link->sub_link->subselect);
  const bool plain = select && select->n_from_clause == 0 && !select->where_clause && !select->limit_count &&
                     !select->limit_offset && !select->having_clause && !select->larg && select->n_target_list == 1;
  return plain ? select->target_list[0]->res_target->val : node;
}

std::optional<Decided> decide_comparison(std::string_view op, const Node* left, const Node* right) {
  left = selected(left);
  return decide_comparison(op, left, linear(left), selected(right));
}

bool matches_anything(const Node* pattern) {
  const std::string_view like = literal_text(bare(pattern));
  return !like.empty() && like.find_first_not_of('%') == std::string_view::npos;
}

// LIKE, of ASCII letters in any case under ILIKE.
bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '%') {
      star = in++;
      from = at;
    } else if (in < pattern.size() && (pattern[in] == '_' || pattern[in] == text[at])) {
      ++in, ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', in) == std::string_view::npos;
}

// Of two literals, neither of which escapes anything.
std::optional<Decided> decide_match(std::string_view op, const Node* left, const Node* right) {
  if (!is_literal_text(bare(left)) || !is_literal_text(bare(right))) return std::nullopt;
  const bool any_case = op.ends_with('*');
  const std::string text =
      any_case ? base::lower_case(literal_text(bare(left))) : std::string(literal_text(bare(left)));
  const std::string pattern =
      any_case ? base::lower_case(literal_text(bare(right))) : std::string(literal_text(bare(right)));
  if (pattern.find('\\') != std::string::npos || text.starts_with("hole_") ||
      pattern.find("hole_") != std::string::npos)
    return std::nullopt;
  return as_decided(is_like(text, pattern) == (op[0] == '~'));
}

std::optional<Decided> decide_any(const Node* left, std::span<Node* const> choices) {
  const auto sum = linear(left);
  const auto a = value_of(left);
  for (const Node* choice : choices) {
    if (decide_comparison("=", left, sum, choice) == Decided::yes) return Decided::yes;
    const auto b = value_of(choice);
    if (!a || !b) continue;
    const auto equal = operate("=", *a, *b);
    if (equal && std::holds_alternative<bool>(*equal) && std::get<bool>(*equal)) return Decided::yes;
  }
  return std::nullopt;
}

std::optional<Decided> decide_expression(const PgQuery__AExpr& expression) {
  const std::string_view op = operator_of(expression);
  switch (expression.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
      if (!expression.lexpr) return std::nullopt;
      if (const auto decided = decide_comparison(op, expression.lexpr, expression.rexpr)) return decided;
      if (const auto decided = decide_by_nature(op, expression.lexpr, expression.rexpr)) return decided;
      if (const auto value = value_of(expression)) {
        if (const auto* truth = std::get_if<bool>(&*value)) return as_decided(*truth);
        if (is_null(*value)) return Decided::no;
      }
      if (op == "~" || op == "~*") {
        const std::string_view pattern = literal_text(bare(expression.rexpr));
        if (pattern == ".*" || pattern == "^" || pattern == "^.*$" || pattern == "^.*") return Decided::yes;
      }
      return std::nullopt;
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
      if (matches_anything(expression.rexpr)) return as_decided(op == "~~" || op == "~~*");
      if (const auto matched = decide_match(op, expression.lexpr, expression.rexpr)) return matched;
      return decide_comparison(op, expression.lexpr, expression.rexpr);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: {
      const auto decided = decide_any(expression.lexpr, list_items(expression.rexpr));
      return decided && op == "<>" ? as_decided(false) : decided;
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: {
      const Node* array = bare(expression.rexpr);
      if (op != "=" || !array || array->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR) return std::nullopt;
      return decide_any(expression.lexpr, items(array->a_array_expr->n_elements, array->a_array_expr->elements));
    }
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
      if (same(expression.lexpr, expression.rexpr)) return Decided::no;
      return std::nullopt;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
      if (same(expression.lexpr, expression.rexpr)) return Decided::yes;
      return std::nullopt;
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: {
      const auto bounds = list_items(expression.rexpr);
      if (bounds.size() != 2) return std::nullopt;
      const auto above = decide_comparison(">=", expression.lexpr, bounds[0]);
      const auto below = decide_comparison("<=", expression.lexpr, bounds[1]);
      if (above == Decided::yes && below == Decided::yes) return Decided::yes;
      if (above == Decided::no || below == Decided::no) return Decided::no;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// a IN (1, 2) and a NOT IN (1, 2), a LIKE 'x' and a NOT LIKE 'x'.
bool are_lists_opposite(const PgQuery__AExpr& a, const PgQuery__AExpr& b) {
  const bool lists = a.kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN || a.kind == PG_QUERY__A__EXPR__KIND__AEXPR_LIKE ||
                     a.kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE;
  return lists && a.kind == b.kind && operator_of(a) != operator_of(b) && same(a.lexpr, b.lexpr) &&
         same(a.rexpr, b.rexpr);
}

// a = 1 and a <> 1: one of them is true.
bool are_opposite(const Node* a, const Node* b) {
  const PgQuery__AExpr* left = a_expr(a);
  const PgQuery__AExpr* right = a_expr(b);
  if (left && right && are_lists_opposite(*left, *right)) return true;
  if (a && b && a->node_case == PG_QUERY__NODE__NODE_NULL_TEST && b->node_case == PG_QUERY__NODE__NODE_NULL_TEST) {
    return a->null_test->nulltesttype != b->null_test->nulltesttype && same(a->null_test->arg, b->null_test->arg);
  }
  if (!left || !right || left->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || right->kind != left->kind || !left->lexpr ||
      !right->lexpr) {
    return false;
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pairs = {
      {{"=", "<>"}, {"<>", "="}, {"<", ">="}, {">=", "<"}, {">", "<="}, {"<=", ">"}}};
  const auto pair = std::pair(operator_of(*left), operator_of(*right));
  return std::find(pairs.begin(), pairs.end(), pair) != pairs.end() && same(left->lexpr, right->lexpr) &&
         same(left->rexpr, right->rexpr);
}

std::optional<Decided> decide_bool(const PgQuery__BoolExpr& expression) {
  const auto parts = items(expression.n_args, expression.args);
  if (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
    // NOT NULL is NULL: only what is surely true or false turns round.
    const auto value = value_of(parts[0]);
    if (value && is_null(*value)) return Decided::no;
    const auto inner = decide(parts[0]);
    return inner ? std::optional(as_decided(*inner == Decided::no)) : std::nullopt;
  }
  const Decided settles = expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? Decided::yes : Decided::no;
  bool all = true;
  if (settles == Decided::yes && leave_nothing_out(parts)) return Decided::yes;
  for (const Node* part : parts) {
    const auto decided = decide(part);
    if (decided == settles) return settles;
    all = all && decided.has_value();
  }
  if (!all) return std::nullopt;
  return settles == Decided::yes ? Decided::no : Decided::yes;
}

std::optional<Decided> decide_test(const PgQuery__BooleanTest& test) {
  const auto inner = decide(test.arg);
  if (!inner) return std::nullopt;
  switch (test.booltesttype) {
    case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE:
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE:
      return inner;
    case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE:
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE:
      return as_decided(*inner == Decided::no);
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN:
      return Decided::yes;
    default:
      return std::nullopt;
  }
}

std::optional<Decided> decide_null_test(const PgQuery__NullTest& test) {
  const bool asks_null = test.nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
  if (const auto value = value_of(test.arg)) return as_decided(is_null(*value) == asks_null);
  return std::nullopt;
}

bool same_all(std::span<Node* const> a, std::span<Node* const> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Node* x, const Node* y) { return same(x, y); });
}

bool same_expression(const PgQuery__AExpr& a, const PgQuery__AExpr& b) {
  return a.kind == b.kind && operator_of(a) == operator_of(b) && same(a.lexpr, b.lexpr) && same(a.rexpr, b.rexpr);
}

}  // namespace

bool same(const Node* a, const Node* b) {
  a = bare(a);
  b = bare(b);
  if (!a || !b) return a == b;
  if (a->node_case != b->node_case) return false;
  switch (a->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: {
      const auto left = *column_of(a);
      const auto right = *column_of(b);
      return left.name == right.name && left.name != "*" && left.qualifier == right.qualifier;
    }
    case PG_QUERY__NODE__NODE_A_CONST: {
      const auto left = value_of(a);
      const auto right = value_of(b);
      return left && right && !is_null(*left) && left->index() == right->index() &&
             operate("=", *left, *right) == std::optional<Value>(true);
    }
    case PG_QUERY__NODE__NODE_PARAM_REF:
      return a->param_ref->number == b->param_ref->number && a->param_ref->number > 0;
    case PG_QUERY__NODE__NODE_STRING:
      return string_of(a) == string_of(b);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return same_expression(*a->a_expr, *b->a_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      static constexpr std::string_view volatile_ones[] = {"random", "nextval", "gen_random_uuid", "clock_timestamp"};
      const std::string_view name = function_name(a);
      if (std::find(std::begin(volatile_ones), std::end(volatile_ones), name) != std::end(volatile_ones)) return false;
      return name == function_name(b) &&
             same_all(items(a->func_call->n_args, a->func_call->args), items(b->func_call->n_args, b->func_call->args));
    }
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      return same_all(items(a->coalesce_expr->n_args, a->coalesce_expr->args),
                      items(b->coalesce_expr->n_args, b->coalesce_expr->args));
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      return same_all(items(a->row_expr->n_args, a->row_expr->args), items(b->row_expr->n_args, b->row_expr->args));
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
      return a->sqlvalue_function->op == b->sqlvalue_function->op;
    case PG_QUERY__NODE__NODE_LIST:
      return same_all(list_items(a), list_items(b));
    default:
      return false;
  }
}

bool leave_nothing_out(std::span<Node* const> conditions) {
  constexpr std::size_t most_compared = 16;
  const auto first = conditions.first(std::min(conditions.size(), most_compared));
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (are_opposite(first[i], first[j])) return true;
    }
  }
  return false;
}

std::optional<Decided> decide(const Node* condition) {
  if (!condition) return std::nullopt;
  switch (condition->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      const auto value = value_of(condition);
      if (!value) return std::nullopt;
      if (const auto* truth = std::get_if<bool>(&*value)) return as_decided(*truth);
      if (is_null(*value)) return Decided::no;
      const auto* string = std::get_if<std::string>(&*value);
      // WHERE 't': an untyped literal becomes a boolean.
      if (string && (*string == "t" || *string == "true")) return Decided::yes;
      return std::nullopt;
    }
    case PG_QUERY__NODE__NODE_A_EXPR:
      return decide_expression(*condition->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
      return decide_bool(*condition->bool_expr);
    case PG_QUERY__NODE__NODE_NULL_TEST:
      return decide_null_test(*condition->null_test);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      return decide_test(*condition->boolean_test);
    default:
      return std::nullopt;
  }
}

}  // namespace lint
