#include "lint/predicate.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lint/constant.h"
#include "lint/scope.h"

namespace lint {
namespace {

constexpr int deepest_query = 24;

// What an expression is made of, outside of sub-selects.
struct Parts {
  bool id = false;
  bool id_stays_whole = true;  // …: the id can be told from the value: no division, no text cut out of it
  bool id_scattered = false;   // … or is spread by % or a hash, so that neighbours part
  bool other_column = false;   // of the target's row, or of another row of the same table
  bool foreign_column = false;
  bool parameter = false;

  // What stands beside it in the same expression.
  void add(const Parts& other) {
    id = id || other.id;
    id_stays_whole = id_stays_whole && other.id_stays_whole;
    id_scattered = id_scattered || other.id_scattered;
    other_column = other_column || other.other_column;
    foreign_column = foreign_column || other.foreign_column;
    parameter = parameter || other.parameter;
  }
};

class Judge {
 public:
  explicit Judge(const Scope& scope, int depth = 0) : scope_(scope), depth_(depth) {}

  Fact condition(const Node* node, bool negated = false) const;
  Fact all(std::span<const Node* const> nodes) const;

  // What is known of the ids that a query yields in its column.
  static Fact yields(const Node* query, std::size_t column, std::string_view name, const Scope& outer, int depth);
  static Fact yields_series(std::span<Node* const> functions, const Scope& outer, int depth);

 private:
  Fact comparison(const PgQuery__AExpr& expression, std::string_view op, const Node* left, const Node* right,
                  bool negated) const;
  Fact id_equals(const Node* value) const;
  Fact population_is(std::string_view op, const Node* value, bool negated) const;
  Fact expression(const PgQuery__AExpr& expression, bool negated) const;
  Fact between(const PgQuery__AExpr& expression, bool negated) const;
  Fact one_of(const PgQuery__AExpr& expression, std::span<Node* const> values, bool negated) const;
  Fact any_of_array(const PgQuery__AExpr& expression, bool negated) const;
  Fact sub_link(const PgQuery__SubLink& link, bool negated) const;
  Fact exists(const PgQuery__SelectStmt& select) const;
  bool yields_disposable(const PgQuery__SelectStmt& select) const;  // as a value of the population
  Fact ranged(const Node* at) const;
  Fact listed(std::size_t count, bool named, const Node* at) const;
  void gather(const Node* node, Parts& parts) const;
  Parts parts_of(const Node* node) const {
    Parts parts;
    gather(node, parts);
    return parts;
  }
  bool is_population(const Node* node) const;
  bool is_given(const Node* node) const;  // a value that the program gives: a parameter or a variable

  const Scope& scope_;
  int depth_;
};

// What narrows the rows enough makes a range among the conditions beside it harmless.
void defuse(Fact& fact) {
  if (fact.disposable || fact.few) fact.range.reset();
}

Fact both(Fact a, const Fact& b) {
  if (a.truth == Truth::never || b.truth == Truth::never) {
    a.truth = Truth::never;
  } else if (a.truth == Truth::always) {
    a.truth = b.truth;
  }
  a.disposable = a.disposable || b.disposable;
  a.unowned = a.unowned || b.unowned;
  a.few = a.few || b.few;
  a.named = a.named || b.named;
  a.opaque = a.opaque || b.opaque;
  if (!a.range) a.range = b.range;
  defuse(a);
  return a;
}

Fact either(const Fact& a, const Fact& b) {
  if (a.truth == Truth::never) return b;
  if (b.truth == Truth::never) return a;
  Fact fact;
  if (a.truth == Truth::always || b.truth == Truth::always) fact.truth = Truth::always;
  fact.disposable = a.disposable && b.disposable;
  fact.unowned = a.unowned && b.unowned;
  fact.few = a.few && b.few;
  fact.named = a.named && b.named;
  fact.opaque = a.opaque || b.opaque;
  fact.range = a.range ? a.range : b.range;
  return fact;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool orders(std::string_view op) {
  return op == "<" || op == ">" || op == "<=" || op == ">=";
}

// Operators that match a pattern, prefix or range: on an id, another way to write a range.
bool matches(std::string_view op) {
  static constexpr std::array<std::string_view, 12> ops = {"~~", "~~*", "~",  "~*", "^@", "<@",
                                                           "@>", "<<",  ">>", "&<", "&>", "!~~"};
  return is_one_of(op, ops);
}

bool cuts(std::string_view function) {
  static constexpr std::array<std::string_view, 16> functions = {
      "div",       "floor",        "ceil", "ceiling", "trunc",  "round",       "left",        "substr",
      "substring", "width_bucket", "sign", "to_char", "length", "char_length", "starts_with", "int8range"};
  return is_one_of(function, functions);
}

bool scatters(std::string_view function) {
  static constexpr std::array<std::string_view, 7> functions = {"mod",      "hashtext", "hashint8", "hashint8extended",
                                                                "hashint4", "md5",      "sha256"};
  return is_one_of(function, functions);
}

std::size_t array_literal_items(std::string_view literal) {
  return literal.size() <= 2 ? 0 : static_cast<std::size_t>(std::count(literal.begin(), literal.end(), ',')) + 1;
}

std::vector<std::string_view> array_literal(std::string_view literal) {
  std::vector<std::string_view> values;
  if (literal.starts_with('{')) literal.remove_prefix(1);
  if (literal.ends_with('}')) literal.remove_suffix(1);
  while (!literal.empty()) {
    const std::size_t comma = std::min(literal.find(','), literal.size());
    std::string_view value = literal.substr(0, comma);
    while (value.starts_with('"') || value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with('"') || value.ends_with(' ')) value.remove_suffix(1);
    values.push_back(value);
    literal.remove_prefix(std::min(comma + 1, literal.size()));
  }
  return values;
}

bool is_generator(std::string_view function) {
  return function == "generate_series" || function == "generate_subscripts";
}

void Judge::gather(const Node* node, Parts& parts) const {
  node = bare(node);
  if (!node) return;
  if (const auto column = column_of(node)) {
    if (scope_.is_id(*column)) {
      parts.id = true;
    } else if (scope_.is_variable(*column)) {
      parts.parameter = true;
    } else {
      const Source* source = scope_.source_of(*column);
      (source && source->kind != Source::Kind::target ? parts.foreign_column : parts.other_column) = true;
    }
    return;
  }
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_PARAM_REF:
      parts.parameter = true;
      break;
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

Fact Judge::ranged(const Node* at) const {
  Fact fact;
  fact.range = location_of(at);
  return fact;
}

Fact Judge::listed(std::size_t count, bool named, const Node* at) const {
  const auto* contract = scope_.around().tables->contract();
  std::size_t most = most_ids_listed;
  if (contract && contract->budget.rows) {
    most = std::min(most, static_cast<std::size_t>(std::max<std::int64_t>(*contract->budget.rows, 1)));
  }
  if (count > most) return ranged(at);
  Fact fact;
  fact.few = true;
  fact.named = named;
  return fact;
}

Fact Judge::population_is(std::string_view op, const Node* value, bool negated) const {
  Fact fact;
  value = bare(value);
  const bool like = op == "~~" || op == "~~*";
  if (op == "<>") {
    if (!negated) return fact;
  } else if (negated || (op != "=" && !like)) {
    return fact;
  }
  if (is_literal_text(value)) {
    const std::string_view name = literal_text(value);
    // What the program puts between the quotes is its own value, as a parameter's is.
    fact.disposable = name.starts_with("hole_") ||
                      (scope_.target().is_disposable(name) && (!like || name.find_first_of("%_") == name.npos));
  } else if (value && value->node_case == PG_QUERY__NODE__NODE_SUB_LINK) {
    const PgQuery__SelectStmt* select = select_of(value->sub_link->subselect);
    fact.disposable = select && yields_disposable(*select);
  } else {
    fact.disposable = is_given(value);
  }
  return fact;
}

Fact Judge::id_equals(const Node* value) const {
  const Node* inner = bare(value);
  if (inner && inner->node_case == PG_QUERY__NODE__NODE_SUB_LINK &&
      inner->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK) {
    Fact fact = yields(inner->sub_link->subselect, 0, {}, scope_, depth_ + 1);
    fact.truth = Truth::unknown;
    fact.few = true;
    defuse(fact);
    return fact;
  }
  const Parts parts = parts_of(value);
  if (parts.foreign_column || parts.other_column) return {};
  return listed(1, !literal_integer(value), value);
}

Fact Judge::comparison(const PgQuery__AExpr& expression, std::string_view op, const Node* left, const Node* right,
                       bool negated) const {
  if (is_population(left)) return population_is(op, right, negated);
  if (is_population(right)) return population_is(op, left, negated);
  const Parts a = parts_of(left);
  const Parts b = parts_of(right);
  if (a.id && b.id && op == "=" && !negated) {
    // users.id = id: one row's id, written in two ways.
    const auto one = column_of(bare(left));
    const auto other = column_of(bare(right));
    Fact fact;
    if (one && other && one->name == other->name && scope_.source_of(*one) == scope_.source_of(*other)) {
      fact.truth = Truth::always;
    }
    return fact;
  }
  if (a.id == b.id) return {};
  const Node* side = a.id ? left : right;
  const Node* value = a.id ? right : left;
  const Parts& of_id = a.id ? a : b;
  const Parts& of_value = a.id ? b : a;
  if (of_id.id_scattered) return {};
  if (op == "=" && of_id.id_stays_whole) {
    const Node* row = bare(side);
    if (negated) return {};
    if (row && row->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
      const Node* values = bare(value);
      return values && values->node_case == PG_QUERY__NODE__NODE_ROW_EXPR ? listed(1, of_value.parameter, value)
                                                                          : Fact{};
    }
    return id_equals(value);
  }
  if (op == "<>" && of_id.id_stays_whole) return negated ? id_equals(value) : Fact{};
  const bool asks_range = orders(op) || matches(op) || (!of_id.id_stays_whole && (op == "=" || op == "<>"));
  if (!asks_range || of_value.other_column) return {};
  // a.id > b.id keeps one of two like rows; it is no range of ids, unless the other side is made of constants.
  if (of_value.foreign_column && orders(op) && expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP) {
    const auto column = column_of(bare(value));
    const Source* source = column ? scope_.source_of(*column) : nullptr;
    if (!source || source->kind == Source::Kind::target) return {};
  }
  return ranged(side);
}

Fact Judge::between(const PgQuery__AExpr& expression, bool negated) const {
  const auto bounds = list_items(expression.rexpr);
  if (bounds.size() != 2) return {};
  const bool inverted = expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                        expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  const Parts tested = parts_of(expression.lexpr);
  const Parts low = parts_of(bounds[0]);
  const Parts high = parts_of(bounds[1]);
  if (is_population(expression.lexpr)) {
    return same(bounds[0], bounds[1]) ? population_is("=", bounds[0], negated != inverted) : Fact{};
  }
  if (!tested.id && !low.id && !high.id) return {};
  if (tested.id_scattered || low.other_column || high.other_column) return {};
  const auto first = literal_integer(bounds[0]);
  const auto last = literal_integer(bounds[1]);
  if (tested.id && first && first == last && tested.id_stays_whole && negated == inverted)
    return listed(1, false, bounds[0]);
  return ranged(expression.lexpr);
}

Fact Judge::one_of(const PgQuery__AExpr& expression, std::span<Node* const> values, bool negated) const {
  if (is_population(expression.lexpr)) {
    Fact fact;
    fact.disposable = !negated && !values.empty() && std::all_of(values.begin(), values.end(), [&](const Node* value) {
      return population_is("=", value, false).disposable;
    });
    return fact;
  }
  const Parts tested = parts_of(expression.lexpr);
  if (!tested.id || tested.id_scattered) return {};
  if (!tested.id_stays_whole) return ranged(expression.lexpr);
  if (negated) return {};
  bool named = true;
  for (const Node* value : values) {
    const Parts parts = parts_of(value);
    if (parts.foreign_column || parts.other_column) return {};
    named = named && parts.parameter;
  }
  // IN ($1): most drivers expand one placeholder into any number of values, so one parameter names no single row.
  return listed(values.size(), named, expression.lexpr);
}

Fact Judge::any_of_array(const PgQuery__AExpr& expression, bool negated) const {
  const std::string_view op = operator_of(expression);
  const Node* array = bare(expression.rexpr);
  if (!array) return {};
  const bool all = expression.kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL;
  if (array->node_case == PG_QUERY__NODE__NODE_SUB_LINK && op == "=" && !all && !negated) {
    const Parts tested = parts_of(expression.lexpr);
    if (!tested.id || !tested.id_stays_whole) return {};
    return yields(array->sub_link->subselect, 0, {}, scope_, depth_ + 1);
  }
  if (op != "=" || all) {
    const Parts tested = parts_of(expression.lexpr);
    return tested.id && orders(op) && !tested.id_scattered ? ranged(expression.lexpr) : Fact{};
  }
  if (array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
    return one_of(expression, items(array->a_array_expr->n_elements, array->a_array_expr->elements), negated);
  }
  if (negated) return {};
  if (is_literal_text(array)) {
    if (is_population(expression.lexpr)) {
      const auto values = array_literal(literal_text(array));
      Fact fact;
      fact.disposable = !values.empty() && std::all_of(values.begin(), values.end(), [&](std::string_view value) {
        return scope_.target().is_disposable(value);
      });
      return fact;
    }
    if (parts_of(expression.lexpr).id) return listed(array_literal_items(literal_text(array)), false, expression.lexpr);
    return {};
  }
  if (is_population(expression.lexpr)) return population_is("=", array, false);
  return {};
}

Fact Judge::expression(const PgQuery__AExpr& expression, bool negated) const {
  switch (expression.kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
      if (!expression.lexpr) return {};
      return comparison(expression, operator_of(expression), expression.lexpr, expression.rexpr, negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
      return comparison(expression, "=", expression.lexpr, expression.rexpr, negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
      return comparison(expression, "=", expression.lexpr, expression.rexpr, !negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
      return one_of(expression, list_items(expression.rexpr), negated != (operator_of(expression) == "<>"));
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
      return any_of_array(expression, negated);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
      return between(expression, negated);
    default:
      return {};
  }
}

Fact Judge::sub_link(const PgQuery__SubLink& link, bool negated) const {
  const PgQuery__SelectStmt* select = select_of(link.subselect);
  if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
    return negated || !select ? Fact{} : exists(*select);
  }
  if (!link.testexpr) return {};
  const std::string_view op = link.n_oper_name ? last_string(items(link.n_oper_name, link.oper_name)) : "=";
  const Node* tested = bare(link.testexpr);
  if (is_population(tested)) {
    Fact fact;
    fact.disposable = !negated && op == "=" && link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK && select &&
                      yields_disposable(*select);
    return fact;
  }
  std::size_t column = 0;
  if (tested && tested->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
    const auto row = items(tested->row_expr->n_args, tested->row_expr->args);
    const auto found = std::find_if(row.begin(), row.end(), [&](const Node* part) { return parts_of(part).id; });
    if (found == row.end()) return {};
    column = static_cast<std::size_t>(found - row.begin());
    tested = *found;
  }
  const Parts parts = parts_of(tested);
  if (!parts.id || parts.id_scattered) return {};
  if (orders(op)) return ranged(tested);
  if (negated || op != "=" || link.sub_link_type != PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK) return {};
  return yields(link.subselect, column, {}, scope_, depth_ + 1);
}

bool Judge::yields_disposable(const PgQuery__SelectStmt& select) const {
  if (depth_ > deepest_query) return false;
  if (select.larg && select.rarg) {
    return Judge(scope_, depth_ + 1).yields_disposable(*select.larg) &&
           Judge(scope_, depth_ + 1).yields_disposable(*select.rarg);
  }
  for (const Node* row : items(select.n_values_lists, select.values_lists)) {
    for (const Node* value : list_items(row)) {
      if (!population_is("=", value, false).disposable) return false;
    }
  }
  if (select.n_values_lists) return true;
  if (select.n_target_list == 0) return false;
  const Node* yielded = bare(select.target_list[0]->res_target->val);
  const auto column = column_of(yielded);
  if (!column) return population_is("=", yielded, false).disposable;
  Scope inner(&scope_, scope_.target(), scope_.around(), select.with_clause);
  for (const Node* item : items(select.n_from_clause, select.from_clause)) inner.add(item);
  const Source* source = inner.source_of(*column);
  // Another table's values are what somebody declared there.
  if (!source || source->kind != Source::Kind::target) return source != nullptr || scope_.is_variable(*column);
  if (!scope_.target().is_population(column->name)) return false;
  std::vector<const Node*> wheres = inner.conditions;
  if (select.where_clause) wheres.push_back(select.where_clause);
  return Judge(inner, depth_ + 1).all(wheres).disposable;
}

Fact Judge::exists(const PgQuery__SelectStmt& select) const {
  if (depth_ > deepest_query) return {};
  Fact fact;
  if (select.n_from_clause == 0 && !select.where_clause && select.op == PG_QUERY__SET_OPERATION__SETOP_NONE) {
    fact.truth = Truth::always;
    return fact;
  }
  Scope inner(&scope_, scope_.target(), scope_.around(), select.with_clause);
  for (const Node* item : items(select.n_from_clause, select.from_clause)) inner.add(item);
  std::vector<const Node*> wheres = inner.conditions;
  if (select.where_clause) wheres.push_back(select.where_clause);
  inner.follow_joins(wheres);
  fact = Judge(inner, depth_ + 1).all(wheres);
  if (fact.truth == Truth::always) fact.truth = Truth::unknown;  // the tables may be empty
  return fact;
}

Fact Judge::yields_series(std::span<Node* const> functions, const Scope& outer, int depth) {
  for (const Node* entry : functions) {
    const auto parts = list_items(entry);
    const Node* call = parts.empty() ? entry : parts[0];
    const PgQuery__FuncCall* function = func_call(bare(call));
    if (!function) continue;
    const Judge judge(outer, depth);
    if (is_generator(function_name(bare(call)))) return judge.ranged(call);
    if (function_name(bare(call)) == "unnest" && function->n_args > 0) {
      const Node* array = bare(function->args[0]);
      if (array && array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
        const auto elements = items(array->a_array_expr->n_elements, array->a_array_expr->elements);
        bool named = !elements.empty();
        for (const Node* element : elements) named = named && judge.is_given(element);
        return judge.listed(elements.size(), named, call);
      }
      if (is_literal_text(array)) return judge.listed(array_literal_items(literal_text(array)), false, call);
    }
  }
  return {};
}

Fact Judge::yields(const Node* query, std::size_t column, std::string_view name, const Scope& outer, int depth) {
  if (depth > deepest_query) return {};
  const PgQuery__SelectStmt* select = select_of(query);
  if (!select) {
    // WITH gone AS (DELETE … RETURNING id): what it returns passed its own WHERE, which is judged where it stands.
    return {};
  }
  if (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE &&
      select->op != PG_QUERY__SET_OPERATION__SET_OPERATION_UNDEFINED) {
    Node left{};
    left.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    left.select_stmt = select->larg;
    Node right = left;
    right.select_stmt = select->rarg;
    Scope with(&outer, outer.target(), outer.around(), select->with_clause);
    const Fact a = yields(&left, column, name, with, depth + 1);
    if (select->op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT) {
      Fact fact = a;
      fact.truth = Truth::unknown;
      return fact;
    }
    const Fact b = yields(&right, column, name, with, depth + 1);
    return select->op == PG_QUERY__SET_OPERATION__SETOP_UNION ? either(a, b) : both(a, b);
  }
  Scope inner(&outer, outer.target(), outer.around(), select->with_clause);
  if (select->n_values_lists) {
    const Judge judge(outer, depth);
    bool named = true;
    for (const Node* row : items(select->n_values_lists, select->values_lists)) {
      const auto values = list_items(row);
      named = named && column < values.size() && judge.is_given(values[column]);
    }
    return judge.listed(select->n_values_lists, named, query->select_stmt->values_lists[0]);
  }
  for (const Node* item : items(select->n_from_clause, select->from_clause)) inner.add(item);
  const auto targets = items(select->n_target_list, select->target_list);
  const Node* yielded = nullptr;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const PgQuery__ResTarget& target = *targets[i]->res_target;
    const auto as_column = column_of(target.val);
    const bool by_name = !name.empty() && (text(target.name) == name ||
                                           (text(target.name).empty() && as_column && as_column->name == name));
    if (name.empty() ? i == column : by_name) yielded = target.val;
    if (as_column && as_column->name == "*" && !yielded) yielded = target.val;
  }
  if (!yielded && name.empty() == false && column < targets.size()) yielded = targets[column]->res_target->val;
  yielded = bare(yielded);
  if (!yielded) return {};
  Fact fact;
  if (const PgQuery__FuncCall* call = func_call(yielded)) {
    static constexpr std::array<std::string_view, 2> passing = {"min", "max"};
    const Node* itself = yielded;
    if (is_generator(function_name(yielded)) || function_name(yielded) == "unnest") {
      Node* const one[] = {const_cast<Node*>(itself)};
      return yields_series(one, outer, depth);
    }
    if (is_one_of(function_name(yielded), passing) && call->n_args == 1) yielded = bare(call->args[0]);
  }
  if (const auto held = column_of(yielded)) {
    const std::string_view column_name =
        held->name == "*"
            ? (name.empty() ? std::string_view(outer.target().ids.empty() ? "" : outer.target().ids[0]) : name)
            : held->name;
    const Source* source = inner.source_of({held->qualifier, column_name, held->location});
    if (source && source->kind == Source::Kind::target &&
        (outer.target().is_id(column_name) || column_name == "ctid")) {
      inner.add_target(source->alias);
    } else if (source) {
      inner.add_id(source->alias, column_name);
    }
  } else {
    // An expression over a series: SELECT -g FROM generate_series(…) g.
    for (const Source& source : inner.sources()) {
      if (source.kind == Source::Kind::function) fact = both(fact, yields_series(source.functions, outer, depth));
    }
  }
  std::vector<const Node*> wheres = inner.conditions;
  if (select->where_clause) wheres.push_back(select->where_clause);
  inner.follow_joins(wheres);
  const Judge judge(inner, depth);
  fact = both(judge.all(wheres), fact);
  const bool everything = wheres.empty() && !select->limit_count && !select->n_group_clause && !select->having_clause &&
                          select->n_from_clause == 1 && !inner.sources().empty() &&
                          inner.sources().front().kind == Source::Kind::target;
  fact.truth = everything || (fact.truth == Truth::always && !select->limit_count) ? Truth::always
               : fact.truth == Truth::never                                        ? Truth::never
                                                                                   : Truth::unknown;
  if (!everything && wheres.empty()) fact.truth = Truth::unknown;
  return fact;
}

Fact Judge::all(std::span<const Node* const> nodes) const {
  Fact fact;
  fact.truth = Truth::always;
  for (const Node* node : nodes) fact = both(fact, condition(node));
  // Queries and series that the id is joined with say as much as IN would.
  for (const Scope::Held& held : scope_.ids()) {
    for (const Source& source : scope_.sources()) {
      if (source.alias != held.alias) continue;
      Fact of_source;
      if (source.kind == Source::Kind::function) {
        of_source = yields_series(source.functions, scope_, depth_ + 1);
      } else if (source.kind == Source::Kind::query) {
        std::size_t position = 0;
        bool renamed = false;
        for (std::size_t i = 0; i < source.columns.size(); ++i) {
          if (string_of(source.columns[i]) != held.column) continue;
          position = i;
          renamed = true;
        }
        of_source = yields(source.query, position, renamed ? std::string_view() : held.column, scope_, depth_ + 1);
      } else {
        continue;
      }
      fact = both(fact, of_source);
    }
  }
  return fact;
}

Fact Judge::condition(const Node* node, bool negated) const {
  Fact fact;
  if (!node) return fact;
  if (const auto decided = decide(node)) {
    fact.truth = (*decided == Decided::yes) != negated ? Truth::always : Truth::never;
    return fact;
  }
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_BOOL_EXPR: {
      const PgQuery__BoolExpr& expression = *node->bool_expr;
      const auto parts = items(expression.n_args, expression.args);
      if (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) return condition(parts[0], !negated);
      const bool conjunction = (expression.boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) != negated;
      fact = condition(parts[0], negated);
      for (const Node* part : parts.subspan(1)) {
        const Fact next = condition(part, negated);
        fact = conjunction ? both(fact, next) : either(fact, next);
      }
      return fact;
    }
    case PG_QUERY__NODE__NODE_A_EXPR:
      return expression(*node->a_expr, negated);
    case PG_QUERY__NODE__NODE_SUB_LINK:
      return sub_link(*node->sub_link, negated);
    case PG_QUERY__NODE__NODE_PARAM_REF:
      fact.opaque = true;
      return fact;
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR:
      return listed(1, true, node);
    case PG_QUERY__NODE__NODE_NULL_TEST: {
      const bool asks_null = (node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL) != negated;
      const auto column = column_of(bare(node->null_test->arg));
      if (!column) return fact;
      if (scope_.is_id(*column)) fact.truth = asks_null ? Truth::never : Truth::always;
      if (scope_.is_population(*column)) fact.unowned = asks_null;
      return fact;
    }
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: {
      const auto kind = node->boolean_test->booltesttype;
      const bool holds = kind == PG_QUERY__BOOL_TEST_TYPE__IS_TRUE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE;
      const bool fails = kind == PG_QUERY__BOOL_TEST_TYPE__IS_FALSE || kind == PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
      return holds || fails ? condition(node->boolean_test->arg, negated != fails) : fact;
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
      const Parts parts = parts_of(node);
      if (parts.id && !parts.id_stays_whole && !parts.id_scattered) return ranged(node);
      return fact;
    }
    case PG_QUERY__NODE__NODE_COLUMN_REF:
      if (column_of(node)->name.starts_with("hole_")) fact.opaque = true;
      return fact;
    default:
      return fact;
  }
}

}  // namespace

Fact judge(const Node* where, const Target& target, const PgQuery__RangeVar& relation, const Surroundings& around) {
  Scope scope(nullptr, target, around, nullptr);
  const std::string_view alias = relation.alias ? text(relation.alias->aliasname) : text(relation.relname);
  scope.add_target(alias);
  for (const Node* item : around.from) scope.add(item);
  std::vector<const Node*> wheres = scope.conditions;
  if (where) wheres.push_back(where);
  scope.follow_joins(wheres);
  return Judge(scope).all(wheres);
}

bool joins_by_id(const Node* condition, const Target& target, const PgQuery__RangeVar& relation,
                 const Surroundings& around) {
  Scope scope(nullptr, target, around, nullptr);
  scope.add_target(relation.alias ? text(relation.alias->aliasname) : text(relation.relname));
  for (const Node* item : around.from) scope.add(item);
  std::vector<const Node*> parts;
  conjuncts(condition, parts);
  return std::any_of(parts.begin(), parts.end(), [&](const Node* part) {
    const PgQuery__AExpr* expression = a_expr(part);
    if (!expression || expression->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || operator_of(*expression) != "=")
      return false;
    const auto left = column_of(bare(expression->lexpr));
    const auto right = column_of(bare(expression->rexpr));
    return (left && scope.is_id(*left)) != (right && scope.is_id(*right));
  });
}

}  // namespace lint
