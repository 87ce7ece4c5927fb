#include "lint/value.h"

#include <algorithm>
#include <iterator>

namespace lint {
namespace {

std::optional<Value> value_of(const PgQuery__AConst& constant) {
  if (constant.isnull) return Null{};
  switch (constant.val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
      return std::int64_t{constant.ival->ival};
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
      return constant.boolval->boolval != 0;
    case PG_QUERY__A__CONST__VAL_SVAL:
      return std::string(text(constant.sval->sval));
    case PG_QUERY__A__CONST__VAL_FVAL:
      return std::string(text(constant.fval->fval));
    default:
      return std::nullopt;
  }
}

bool is_boolean(const PgQuery__TypeName* type) {
  const std::string_view name = type ? last_string(items(type->n_names, type->names)) : std::string_view();
  return name == "bool" || name == "boolean";
}

}  // namespace

std::optional<bool> compare(std::string_view op, int order) {
  if (op == "=") return order == 0;
  if (op == "<>" || op == "!=") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  if (op == ">=") return order >= 0;
  return std::nullopt;
}

std::optional<Value> operate(std::string_view op, const Value& a, const Value& b) {
  if (is_null(a) || is_null(b)) return Null{};
  if (a.index() != b.index()) {
    // '1' = 1: a literal takes the other side's type.
    const auto as_text = [](const Value& value) -> std::optional<std::string> {
      if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
      if (const auto* string = std::get_if<std::string>(&value)) return *string;
      return std::nullopt;
    };
    const auto left = as_text(a);
    const auto right = as_text(b);
    if (left && right && (op == "=" || op == "<>")) return *compare(op, left->compare(*right));
    return std::nullopt;
  }
  if (const auto* left = std::get_if<std::int64_t>(&a)) {
    const std::int64_t right = std::get<std::int64_t>(b);
    std::int64_t result = 0;
    if (op == "+" && !__builtin_add_overflow(*left, right, &result)) return result;
    if (op == "-" && !__builtin_sub_overflow(*left, right, &result)) return result;
    if (op == "*" && !__builtin_mul_overflow(*left, right, &result)) return result;
    if (op == "%" && right > 0) return *left % right;
    if (op == "/" && right > 0) return *left / right;
    const auto truth = compare(op, *left < right ? -1 : *left > right);
    return truth ? std::optional<Value>(*truth) : std::nullopt;
  }
  if (const auto* left = std::get_if<std::string>(&a)) {
    const auto& right = std::get<std::string>(b);
    if (op == "||") return *left + right;
    // How strings sort is the collation's business.
    if (op != "=" && op != "<>") return std::nullopt;
    return *compare(op, left->compare(right));
  }
  if (const auto* left = std::get_if<bool>(&a)) {
    const auto truth = compare(op, int{*left} - int{std::get<bool>(b)});
    return truth ? std::optional<Value>(*truth) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> value_of(const Node* node) {
  if (!node) return std::nullopt;
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
      return value_of(*node->a_const);
    case PG_QUERY__NODE__NODE_A_EXPR:
      return value_of(*node->a_expr);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: {
      std::optional<Value> value;
      for (std::size_t i = 0; i < node->coalesce_expr->n_args && (!value || is_null(*value)); ++i) {
        value = value_of(node->coalesce_expr->args[i]);
        if (!value) return std::nullopt;
      }
      return value;
    }
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
      const auto value = value_of(node->type_cast->arg);
      if (!value || !is_boolean(node->type_cast->type_name)) return value;
      if (const auto* string = std::get_if<std::string>(&*value)) {
        static constexpr std::string_view on[] = {"t", "true", "on", "yes", "y", "1"};
        return std::find(std::begin(on), std::end(on), *string) != std::end(on);
      }
      if (const auto* number = std::get_if<std::int64_t>(&*value)) return *number != 0;
      return value;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Value> value_of(const PgQuery__AExpr& expression) {
  if (expression.kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP) return std::nullopt;
  const auto right = value_of(expression.rexpr);
  if (!right) return std::nullopt;
  const std::string_view op = operator_of(expression);
  if (!expression.lexpr) return op == "-" ? operate("-", std::int64_t{0}, *right) : std::nullopt;
  const auto left = value_of(expression.lexpr);
  return left ? operate(op, *left, *right) : std::nullopt;
}

}  // namespace lint
