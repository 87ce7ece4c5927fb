#include "sql/facts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "sql/condense.h"
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/parse_tree.h"
#include "sql/pure_functions.h"

namespace sql {
namespace {

constexpr std::size_t condensed_beyond = std::size_t{16} << 10;
constexpr std::size_t longest_parsed = std::size_t{1} << 20;  // a tree takes up to 130 bytes for each of text

Kind kind_of_first_word(std::string_view statement) {
  using namespace std::string_view_literals;
  static constexpr std::array words = {
      std::pair{"select"sv, Kind::select}, std::pair{"values"sv, Kind::select},     std::pair{"table"sv, Kind::select},
      std::pair{"insert"sv, Kind::insert}, std::pair{"update"sv, Kind::update},     std::pair{"delete"sv, Kind::erase},
      std::pair{"merge"sv, Kind::merge},   std::pair{"truncate"sv, Kind::truncate}, std::pair{"drop"sv, Kind::drop}};
  Lexer lexer(statement);
  const std::string_view first = lexer.text(lexer.next());
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const auto& word) { return is_word(first, word.first); });
  return found == words.end() ? Kind::other : found->second;
}

Kind kind_of(const PgQuery__TransactionStmt& statement) {
  switch (statement.kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
      return Kind::begin;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
      return Kind::commit;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
      return Kind::rollback;
    default:
      return Kind::other;
  }
}

Kind kind_of(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      return node.select_stmt->into_clause ? Kind::other : Kind::select;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      return Kind::insert;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      return Kind::update;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      return Kind::erase;
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      return Kind::merge;
    case PG_QUERY__NODE__NODE_COPY_STMT:
      return node.copy_stmt->is_from ? Kind::copy_from : Kind::copy_to;
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
      return Kind::truncate;
    case PG_QUERY__NODE__NODE_DROP_STMT:
      return Kind::drop;
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
      return kind_of(*node.transaction_stmt);
    default:
      return Kind::other;
  }
}

std::string_view string_in(const PgQuery__Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : "";
}

// A boolean option's value as the server reads it (defGetBoolean): none is true, and so is 1 or ON.
bool is_on(const PgQuery__DefElem& option) {
  if (!option.arg) return true;
  if (option.arg->node_case == PG_QUERY__NODE__NODE_INTEGER) return option.arg->integer->ival != 0;
  return is_word(string_in(option.arg), "true") || is_word(string_in(option.arg), "on");
}

// EXPLAIN runs its statement with ANALYZE alone; of several, the last counts.
bool runs(const PgQuery__ExplainStmt& explain) {
  bool analyze = false;
  for (std::size_t i = 0; i < explain.n_options; ++i) {
    const PgQuery__Node* option = explain.options[i];
    if (option->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
    if (is_word(option->def_elem->defname, "analyze")) analyze = is_on(*option->def_elem);
  }
  return analyze;
}

// True for statements that are a query, or run one for its rows.
bool is_query(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
    case PG_QUERY__NODE__NODE_COPY_STMT:
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
      return true;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      return node.explain_stmt->query && is_query(*node.explain_stmt->query);
    default:
      return false;
  }
}

// setval as a word of a text that only the server could parse.
bool holds_setval(std::string_view body) {
  Lexer lexer(body);
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    if (token.kind == TokenKind::word && is_word(lexer.text(token), "setval")) return true;
  }
  return false;
}

bool restarts_sequence(const PgQuery__DefElem& option) {
  return std::string_view(option.defname) == "restart";
}

// The text of a string constant, whatever it is cast to; empty where it is none.
std::string_view literal(const PgQuery__Node* node) {
  while (node && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
  if (!node || node->node_case != PG_QUERY__NODE__NODE_A_CONST) return "";
  const PgQuery__AConst& constant = *node->a_const;
  return constant.val_case == PG_QUERY__A__CONST__VAL_SVAL ? constant.sval->sval : "";
}

class Gatherer {
 public:
  explicit Gatherer(Facts& facts) : facts_(facts) {}

  void gather(const PgQuery__ParseResult& tree) {
    for (std::size_t i = 0; i < tree.n_stmts; ++i) {
      const PgQuery__Node* statement = tree.stmts[i]->stmt;
      if (!statement) continue;
      if (i == 0) facts_.kind = kind_of(*statement);
      in_query_ = is_query(*statement);
      walk(statement->base, [this](const ProtobufCMessage& message) { return see(message); });
    }
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [location, write] : found_) facts_.writes.push_back(std::move(write));
  }

 private:
  // True where what is below the message runs as well.
  bool see(const ProtobufCMessage& message) {
    const auto is = [&](const ProtobufCMessageDescriptor& descriptor) { return message.descriptor == &descriptor; };
    if (const auto* insert = as<PgQuery__InsertStmt>(message, pg_query__insert_stmt__descriptor)) add(*insert);
    if (const auto* update = as<PgQuery__UpdateStmt>(message, pg_query__update_stmt__descriptor)) {
      add(update->relation, Kind::update);
    }
    if (const auto* erase = as<PgQuery__DeleteStmt>(message, pg_query__delete_stmt__descriptor)) {
      add(erase->relation, Kind::erase);
    }
    if (const auto* merge = as<PgQuery__MergeStmt>(message, pg_query__merge_stmt__descriptor)) add(*merge);
    if (const auto* copy = as<PgQuery__CopyStmt>(message, pg_query__copy_stmt__descriptor)) add(*copy);
    if (const auto* truncate = as<PgQuery__TruncateStmt>(message, pg_query__truncate_stmt__descriptor)) add(*truncate);
    if (const auto* drop = as<PgQuery__DropStmt>(message, pg_query__drop_stmt__descriptor)) add(*drop);
    if (const auto* call = as<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) see_call(*call);
    if (const auto* option = as<PgQuery__DefElem>(message, pg_query__def_elem__descriptor)) see_option(*option);
    if (const auto* alter = as<PgQuery__AlterSeqStmt>(message, pg_query__alter_seq_stmt__descriptor)) {
      set(*alter);
      return false;
    }
    if (is(pg_query__do_stmt__descriptor)) in_do_ = true;
    if (is(pg_query__do_stmt__descriptor) || is(pg_query__call_stmt__descriptor) ||
        is(pg_query__execute_stmt__descriptor) || is(pg_query__fetch_stmt__descriptor)) {
      facts_.opaque = true;
    }
    if (const auto* explain = as<PgQuery__ExplainStmt>(message, pg_query__explain_stmt__descriptor)) {
      return runs(*explain);
    }
    return !is(pg_query__prepare_stmt__descriptor) && !is(pg_query__rule_stmt__descriptor) &&
           !is(pg_query__view_stmt__descriptor) && !is(pg_query__create_function_stmt__descriptor);
  }

  Write& add(const PgQuery__RangeVar* table, Kind kind) {
    found_.push_back({table ? table->location : 0, Write{.kind = kind}});
    Write& write = found_.back().second;
    if (table) write.table = {table->schemaname, table->relname};
    return write;
  }

  void add(const PgQuery__InsertStmt& insert) {
    Write& write = add(insert.relation, Kind::insert);
    if (!insert.on_conflict_clause) return;
    write.upsert = insert.on_conflict_clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    write.skips_conflicts = insert.on_conflict_clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING;
  }

  void add(const PgQuery__MergeStmt& merge) {
    const auto any_clause = [&](const auto& is) {
      return std::any_of(merge.merge_when_clauses, merge.merge_when_clauses + merge.n_merge_when_clauses,
                         [&](const PgQuery__Node* node) {
                           return node->node_case == PG_QUERY__NODE__NODE_MERGE_WHEN_CLAUSE &&
                                  is(node->merge_when_clause->command_type);
                         });
    };
    // WHEN … DO NOTHING alone writes to no table.
    if (!any_clause([](auto command) { return command != PG_QUERY__CMD_TYPE__CMD_NOTHING; })) return;
    add(merge.relation, Kind::merge).upsert =
        any_clause([](auto command) { return command == PG_QUERY__CMD_TYPE__CMD_UPDATE; });
  }

  void add(const PgQuery__CopyStmt& copy) {
    if (!copy.is_from) return;
    add(copy.relation, Kind::copy_from);
    facts_.copies_from_stdin = !copy.is_program && std::string_view(copy.filename).empty();
  }

  void add(const PgQuery__TruncateStmt& truncate) {
    for (std::size_t i = 0; i < truncate.n_relations; ++i) {
      const PgQuery__Node* table = truncate.relations[i];
      if (table->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) add(table->range_var, Kind::truncate);
    }
    facts_.sets_unnamed_sequence |= truncate.restart_seqs;
  }

  // Dropped tables come as lists of the parts of their names: [[database,] schema,] table.
  void add(const PgQuery__DropStmt& drop) {
    if (drop.remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) return;
    for (std::size_t i = 0; i < drop.n_objects; ++i) {
      if (drop.objects[i]->node_case != PG_QUERY__NODE__NODE_LIST) continue;
      const PgQuery__List& parts = *drop.objects[i]->list;
      if (parts.n_items == 0) continue;
      Write& write = add(nullptr, Kind::drop);
      write.table.name = string_in(parts.items[parts.n_items - 1]);
      if (parts.n_items > 1) write.table.schema = string_in(parts.items[parts.n_items - 2]);
    }
  }

  void see_call(const PgQuery__FuncCall& call) {
    if (call.n_funcname == 0) return;
    const std::string_view name = string_in(call.funcname[call.n_funcname - 1]);
    const std::string_view schema = call.n_funcname > 1 ? string_in(call.funcname[call.n_funcname - 2]) : "pg_catalog";
    const bool built_in = schema == "pg_catalog";
    if (built_in && name == "setval") set(call);
    if (in_query_ && !(built_in && writes_no_table(name))) facts_.opaque = true;
  }

  void set(const PgQuery__FuncCall& setval) {
    const std::string_view sequence = setval.n_args > 0 ? literal(setval.args[0]) : "";
    // regclass takes an object's number, too.
    if (sequence.empty() || (sequence.front() >= '0' && sequence.front() <= '9')) {
      facts_.sets_unnamed_sequence = true;
    } else {
      facts_.set_sequences.push_back(qualified_name(sequence));
    }
  }

  void set(const PgQuery__AlterSeqStmt& alter) {
    const bool restarts = std::any_of(alter.options, alter.options + alter.n_options, [](const PgQuery__Node* node) {
      return node->node_case == PG_QUERY__NODE__NODE_DEF_ELEM && restarts_sequence(*node->def_elem);
    });
    if (restarts) facts_.set_sequences.push_back({alter.sequence->schemaname, alter.sequence->relname});
  }

  // RESTART of ALTER TABLE … ALTER COLUMN, and the body of a DO block.
  void see_option(const PgQuery__DefElem& option) {
    facts_.sets_unnamed_sequence |=
        restarts_sequence(option) || (in_do_ && is_word(option.defname, "as") && holds_setval(string_in(option.arg)));
  }

  Facts& facts_;
  std::vector<std::pair<int, Write>> found_;  // with the byte each table's name begins at
  bool in_query_ = false;
  bool in_do_ = false;
};

}  // namespace

bool Facts::writes_table(std::string_view schema, std::string_view name) const {
  return std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
    return write.table.name == name && (write.table.schema.empty() || schema.empty() || write.table.schema == schema);
  });
}

Facts analyse(std::string_view statement) {
  Facts facts;
  const std::string text = statement.size() > condensed_beyond ? condense(statement) : std::string(statement);
  facts.parsed = text.size() <= longest_parsed &&
                 with_parse_tree(text, [&](const PgQuery__ParseResult& tree) { Gatherer(facts).gather(tree); });
  if (!facts.parsed) facts.kind = kind_of_first_word(statement);
  return facts;
}

}  // namespace sql
