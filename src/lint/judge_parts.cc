// What an expression of a condition is made of.
#include "lint/judge.h"

namespace lint {
namespace {

bool cuts(std::string_view function) {
  static constexpr std::array<std::string_view, 16> functions = {
      "div",       "floor",        "ceil", "ceiling", "trunc",  "round",       "left",        "substr",
      "substring", "width_bucket", "sign", "to_char", "length", "char_length", "starts_with", "int8range"};
  return is_one_of(function, functions);
}

bool scatters(std::string_view function) {
  static constexpr std::array<std::string_view, 8> functions = {"mod",      "hashtext", "hashint8", "hashint8extended",
                                                                "hashint4", "md5",      "sha256",   "right"};
  return is_one_of(function, functions);
}

}  // namespace

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool orders(std::string_view op) {
  return op == "<" || op == ">" || op == "<=" || op == ">=";
}

std::size_t array_literal_items(std::string_view literal) {
  return literal.size() <= 2 ? 0 : static_cast<std::size_t>(std::count(literal.begin(), literal.end(), ',')) + 1;
}

void Judge::gather(const Node* node, Parts& parts) const {
  node = bare(node);
  if (!node || !effort().spend()) return;
  if (const auto column = column_of(node)) {
    if (scope_.is_id(*column)) {
      parts.id = true;
    } else if (scope_.is_variable(*column)) {
      parts.parameter = true;
      const LoopVariable* loop = loop_of(node);
      parts.counted = parts.counted || (loop && !loop->query);
    } else {
      const Source* source = scope_.source_of(*column);
      (source && source->kind != Source::Kind::target ? parts.foreign_column : parts.other_column) = true;
    }
    return;
  }
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_PARAM_REF: {
      const LoopVariable* loop = loop_of(node);
      parts.parameter = true;
      parts.counted = parts.counted || (loop && !loop->query);
      break;
    }
    case PG_QUERY__NODE__NODE_A_EXPR: {
      const std::string_view op = operator_of(*node->a_expr);
      Parts inner;
      gather(node->a_expr->lexpr, inner);
      gather(node->a_expr->rexpr, inner);
      if (inner.id && (op == "/" || op == ">>" || op == "&")) inner.id_stays_whole = false;
      if (inner.id && (op == "%" || op == "#")) inner.id_scattered = true;
      parts.add(inner);
      break;
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      Parts inner;
      for (const Node* argument : items(node->func_call->n_args, node->func_call->args)) gather(argument, inner);
      const std::string_view name = function_name(node);
      if (inner.id && cuts(name)) inner.id_stays_whole = false;
      if (inner.id && scatters(name)) inner.id_scattered = true;
      parts.add(inner);
      break;
    }
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
      for (const Node* part : items(node->coalesce_expr->n_args, node->coalesce_expr->args)) gather(part, parts);
      break;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
      for (const Node* part : items(node->min_max_expr->n_args, node->min_max_expr->args)) gather(part, parts);
      break;
    case PG_QUERY__NODE__NODE_ROW_EXPR:
      for (const Node* part : items(node->row_expr->n_args, node->row_expr->args)) gather(part, parts);
      break;
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      for (const Node* part : items(node->a_array_expr->n_elements, node->a_array_expr->elements)) gather(part, parts);
      break;
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
      gather(node->a_indirection->arg, parts);
      break;
    default:
      break;
  }
}

const LoopVariable* Judge::loop_of(const Node* value) const {
  if (scope_.around().loops.empty()) return nullptr;
  if (value && value->node_case == PG_QUERY__NODE__NODE_PARAM_REF)
    return loop_of("$" + std::to_string(value->param_ref->number));
  const auto column = column_of(value);
  if (!column || !scope_.is_variable(*column)) return nullptr;
  return loop_of(column->qualifier.empty() ? column->name : column->qualifier);
}

const LoopVariable* Judge::loop_of(std::string_view name) const {
  const auto& loops = scope_.around().loops;
  const auto found =
      std::find_if(loops.begin(), loops.end(), [&](const LoopVariable& loop) { return loop.name == name; });
  return found == loops.end() ? nullptr : &*found;
}

bool Judge::is_given(const Node* node) const {
  node = bare(node);
  if (!node) return false;
  if (node->node_case == PG_QUERY__NODE__NODE_PARAM_REF) return true;
  const auto column = column_of(node);
  return column && scope_.is_variable(*column);
}

bool Judge::is_population(const Node* node) const {
  node = bare(node);
  if (const PgQuery__FuncCall* call = func_call(node)) {
    static constexpr std::array<std::string_view, 6> keeping = {"lower", "trim", "btrim", "rtrim", "ltrim", "upper"};
    return call->n_args == 1 && is_one_of(function_name(node), keeping) && is_population(call->args[0]);
  }
  if (node && node->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR && node->coalesce_expr->n_args == 2) {
    // coalesce(population, 'real') = 'test' asks for 'test' as long as the substitute is something else.
    const std::string_view substitute = literal_text(bare(node->coalesce_expr->args[1]));
    return is_literal_text(bare(node->coalesce_expr->args[1])) && !scope_.target().is_disposable(substitute) &&
           is_population(node->coalesce_expr->args[0]);
  }
  const auto column = column_of(node);
  return column && scope_.is_population(*column);
}

}  // namespace lint
