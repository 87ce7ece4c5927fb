// The rule about sequences: none is ever set to what rows hold.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "lint/statement.h"
#include "sql/parse_tree.h"

namespace lint {
namespace {

struct Reading {
  bool rows = false;        // computed from rows
  bool ours = false;        // … of a table that the rules are about
  bool other_rows = false;  // … of other tables
};

bool is_aggregate(std::string_view function) {
  static constexpr std::array<std::string_view, 9> functions = {
      "max", "min", "count", "sum", "avg", "last_value", "first_value", "row_number", "array_agg"};
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

// The tables named below `root`, and whether their rows are what is read: a sequence read as a table tells itself.
Reading reading_of(const ProtobufCMessage& root, const Context& context, Effort& effort) {
  Reading reading;
  sql::walk(root, [&](const ProtobufCMessage& message) {
    if (!effort.spend()) return false;
    const auto* table = sql::as<PgQuery__RangeVar>(message, pg_query__range_var__descriptor);
    if (!table) return true;
    const std::string_view name = text(table->relname);
    if (context.tables->minted_from(text(table->schemaname), name) || name.ends_with("_seq")) return true;
    reading.rows = true;
    (context.tables->find(table) ? reading.ours : reading.other_rows) = true;
    return true;
  });
  return reading;
}

// True where `value` changes with the rows around it or with a sub-select's, or was read from rows before.
bool follows_rows(const Node& value, const Context& context, Effort& effort) {
  bool follows = false;
  sql::walk(value.base, [&](const ProtobufCMessage& message) {
    if (!effort.spend()) return false;
    const auto* node = sql::as<PgQuery__Node>(message, pg_query__node__descriptor);
    if (!node) return true;
    if (node->node_case == PG_QUERY__NODE__NODE_SUB_LINK) {
      follows = follows || reading_of(node->sub_link->subselect->base, context, effort).rows;
      return false;
    }
    if (is_aggregate(function_name(node))) follows = true;
    if (const auto column = column_of(node)) {
      const bool variable = context.variables && column->qualifier.empty() && context.variables->contains(column->name);
      const bool computed = context.computed && context.computed->contains(column->name);
      const bool of_sequence = column->name == "last_value" || column->name == "is_called";
      follows = follows || computed || (!variable && !of_sequence && !column->name.starts_with("hole_"));
    }
    return true;
  });
  return follows;
}

struct Sequence {
  bool known = false;
  bool ours = false;
};

Sequence sequence_named(std::string_view name, const Context& context) {
  const sql::TableName sequence = sql::qualified_name(name);
  return {.known = true, .ours = context.tables->minted_from(sequence.schema, sequence.name) != nullptr};
}

// The sequence that setval's first argument means.
Sequence sequence_of(const Node* argument, const Context& context) {
  argument = bare(argument);
  if (is_literal_text(argument)) return sequence_named(literal_text(argument), context);
  if (function_name(argument) == "pg_get_serial_sequence" && argument->func_call->n_args > 0) {
    const Node* table = bare(argument->func_call->args[0]);
    if (!is_literal_text(table)) return {};
    const sql::TableName name = sql::qualified_name(literal_text(table));
    return {.known = true, .ours = context.tables->find(name.schema, name.name).has_value()};
  }
  return {};
}

}  // namespace

void Examiner::examine(const PgQuery__FuncCall& call, const PgQuery__ParseResult& tree) {
  if (last_string(items(call.n_funcname, call.funcname)) != "setval" || call.n_args < 2) return;
  if (!follows_rows(*call.args[1], context_, effort_)) return;
  const Sequence sequence = sequence_of(call.args[0], context_);
  const Reading reading = reading_of(tree.base, context_, effort_);
  if (context_.tables->has_contract()) {
    const bool elsewhere = sequence.known || (reading.other_rows && !reading.ours);
    if (!sequence.ours && !reading.ours && elsewhere) return;
  }
  add(Rule::sequence_follows_data, call.location, "setval sets a sequence to what rows hold");
}

}  // namespace lint
