// Comparisons of the id and of the population with values.
#include "lint/judge.h"
#include "lint/value.h"

namespace lint {
namespace {

// Operators that match a pattern, prefix or range: on an id, another way to write a range.
bool matches(std::string_view op) {
  static constexpr std::array<std::string_view, 12> ops = {"~~", "~~*", "~",  "~*", "^@", "<@",
                                                           "@>", "<<",  ">>", "&<", "&>", "!~~"};
  return is_one_of(op, ops);
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

std::optional<bool> truth_of(const Node* node) {
  const auto value = value_of(node);
  const bool* truth = value ? std::get_if<bool>(&*value) : nullptr;
  return truth ? std::optional(*truth) : std::nullopt;
}

bool is_condition(const Node* node) {
  return node && (node->node_case == PG_QUERY__NODE__NODE_A_EXPR || node->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR ||
                  node->node_case == PG_QUERY__NODE__NODE_NULL_TEST);
}

bool is_row(const Node* node) {
  node = bare(node);
  return node && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
}

}  // namespace

Fact Judge::ranged(const Node* at) const {
  Fact fact;
  fact.range = location_of(at);
  return fact;
}

std::size_t Judge::most_listed() const {
  const auto* contract = scope_.around().tables->contract();
  if (!contract || !contract->budget.rows) return most_ids_listed;
  return std::min(most_ids_listed, static_cast<std::size_t>(std::max<std::int64_t>(*contract->budget.rows, 1)));
}

Fact Judge::listed(std::size_t count, bool named, const Node* at) const {
  if (count > most_listed()) return ranged(at);
  Fact fact;
  fact.few = true;
  fact.ids = count;
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
    fact.ids = 1;
    defuse(fact);
    return fact;
  }
  if (const LoopVariable* loop = loop_of(inner); loop && loop->query) return one_by_one(*loop, inner);
  const Parts parts = parts_of(value);
  if (parts.foreign_column || parts.other_column) return {};
  if (parts.counted) return ranged(value);
  return listed(1, !literal_integer(value), value);
}

// A row for each that a loop's query yields: together no other rows than IN would take.
Fact Judge::one_by_one(const LoopVariable& loop, const Node* value) const {
  const Scope nothing(nullptr, scope_.target(), scope_.around(), nullptr);
  const auto column = column_of(value);
  const std::string_view name = !column || column->qualifier.empty() ? std::string_view() : column->name;
  Fact fact = yields(loop.query, loop.column, name, nothing, depth_ + 1);
  fact.truth = Truth::unknown;
  if (fact.range) fact.range = location_of(value);
  return fact;
}

// (a, b) = (1, 2): a = 1 AND b = 2.
Fact Judge::rows_equal(const PgQuery__AExpr& expression, const Node* left, const Node* right) const {
  const PgQuery__RowExpr& a = *bare(left)->row_expr;
  const PgQuery__RowExpr& b = *bare(right)->row_expr;
  Fact fact;
  for (std::size_t i = 0; i < std::min(a.n_args, b.n_args); ++i)
    fact = both(fact, comparison(expression, "=", a.args[i], b.args[i], false));
  return fact;
}

Fact Judge::comparison(const PgQuery__AExpr& expression, std::string_view op, const Node* left, const Node* right,
                       bool negated) const {
  if (is_population(left)) return population_is(op, right, negated);
  if (is_population(right)) return population_is(op, left, negated);
  if (op == "=" && !negated && is_row(left) && is_row(right)) return rows_equal(expression, left, right);
  if (const auto wanted = truth_of(right); wanted && is_condition(left) && (op == "=" || op == "<>"))
    return condition(left, negated != (*wanted != (op == "=")));
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
  if (of_id.id_scattered) return of_value.other_column || of_value.foreign_column ? Fact{} : scattered(side);
  if (op == "=" && of_id.id_stays_whole) {
    const Node* row = bare(side);
    return negated || (row && row->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) ? Fact{} : id_equals(value);
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
  if (tested.id_scattered) return scattered(expression.lexpr);
  if (low.other_column || high.other_column) return {};
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
  if (!tested.id) return {};
  if (tested.id_scattered) return scattered(expression.lexpr);
  if (!tested.id_stays_whole) return ranged(expression.lexpr);
  if (negated) return {};
  bool named = true;
  for (const Node* value : values) {
    const Parts parts = parts_of(value);
    if (parts.foreign_column || parts.other_column) return {};
    if (parts.counted) return ranged(value);
    named = named && parts.parameter;
  }
  // IN ($1): most drivers expand one placeholder into any number of values, as = ANY ($1) holds them.
  if (values.size() == 1 && is_given(values[0])) return {};
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
  // = ANY ($1), for which the program gives a range of numbers.
  if (parts_of(array).counted && parts_of(expression.lexpr).id) return ranged(expression.lexpr);
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

}  // namespace lint
