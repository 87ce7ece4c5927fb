#include "sql/facts.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "sql/walk.h"

namespace sql {

namespace {

// The parser and its tree are recursive: text beyond `inline_limit` is parsed on a stack of its own, and beyond
// `parse_limit` not at all; a chain of a million operators would need gigabytes.
constexpr std::size_t inline_limit = 8 << 10;
constexpr std::size_t parse_limit = 1 << 20;
constexpr std::size_t large_stack = 1ull << 30;

// Functions that only compute. Whatever else a SELECT calls may write.
constexpr std::array pure_functions = {"abs",
                                       "array_agg",
                                       "array_length",
                                       "avg",
                                       "bool_and",
                                       "bool_or",
                                       "cardinality",
                                       "ceil",
                                       "char_length",
                                       "coalesce",
                                       "concat",
                                       "count",
                                       "date_trunc",
                                       "dense_rank",
                                       "extract",
                                       "first_value",
                                       "floor",
                                       "format",
                                       "generate_series",
                                       "greatest",
                                       "json_agg",
                                       "jsonb_agg",
                                       "lag",
                                       "last_value",
                                       "lead",
                                       "least",
                                       "left",
                                       "length",
                                       "lower",
                                       "max",
                                       "min",
                                       "now",
                                       "nullif",
                                       "percentile_cont",
                                       "pg_backend_pid",
                                       "pg_sleep",
                                       "rank",
                                       "repeat",
                                       "replace",
                                       "right",
                                       "round",
                                       "row_number",
                                       "row_to_json",
                                       "split_part",
                                       "string_agg",
                                       "substr",
                                       "substring",
                                       "sum",
                                       "to_char",
                                       "to_json",
                                       "to_jsonb",
                                       "trim",
                                       "unnest",
                                       "upper",
                                       "version"};

std::string lower_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) break;
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return word;
}

Kind kind_of_first_word(std::string_view statement) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 11> words = {{{"select", Kind::select},
                                                                               {"insert", Kind::insert},
                                                                               {"update", Kind::update},
                                                                               {"delete", Kind::erase},
                                                                               {"merge", Kind::merge},
                                                                               {"truncate", Kind::truncate},
                                                                               {"drop", Kind::drop},
                                                                               {"begin", Kind::begin},
                                                                               {"commit", Kind::commit},
                                                                               {"end", Kind::commit},
                                                                               {"rollback", Kind::rollback}}};
  const std::string first = lower_word(statement);
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& word) { return word.first == first; });
  return found == words.end() ? Kind::other : found->second;
}

TableName name_of(const PgQuery__RangeVar* range) {
  return range ? TableName{range->schemaname ? range->schemaname : "", range->relname ? range->relname : ""}
               : TableName{};
}

const char* string_in(const PgQuery__Node* node) {
  return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : "";
}

// The value of a utility statement's option, as the server reads it: one that only stands there is on.
bool is_on(const PgQuery__DefElem& option) {
  if (!option.arg) return true;
  if (option.arg->node_case == PG_QUERY__NODE__NODE_INTEGER) return option.arg->integer->ival != 0;
  const std::string value = lower_word(string_in(option.arg));
  return value != "false" && value != "off";
}

// EXPLAIN runs its statement only under ANALYZE; where that is given twice, the last one counts.
bool runs(const PgQuery__ExplainStmt& explain) {
  bool analyzes = false;
  for (std::size_t i = 0; i < explain.n_options; ++i) {
    if (explain.options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
    const PgQuery__DefElem& option = *explain.options[i]->def_elem;
    if (std::strcmp(option.defname, "analyze") == 0) analyzes = is_on(option);
  }
  return analyzes;
}

// Gathers facts from one statement's tree.
class Gatherer {
 public:
  explicit Gatherer(Facts& facts) : facts_(facts) {}

  bool operator()(const ProtobufCMessage* message) {
    if (const auto* insert = as<PgQuery__InsertStmt>(message, pg_query__insert_stmt__descriptor)) add_insert(*insert);
    if (const auto* update = as<PgQuery__UpdateStmt>(message, pg_query__update_stmt__descriptor))
      add(update->relation, Kind::update);
    if (const auto* erase = as<PgQuery__DeleteStmt>(message, pg_query__delete_stmt__descriptor))
      add(erase->relation, Kind::erase);
    if (const auto* merge = as<PgQuery__MergeStmt>(message, pg_query__merge_stmt__descriptor)) add_merge(*merge);
    if (const auto* copy = as<PgQuery__CopyStmt>(message, pg_query__copy_stmt__descriptor)) add_copy(*copy);
    if (const auto* truncate = as<PgQuery__TruncateStmt>(message, pg_query__truncate_stmt__descriptor))
      add_truncate(*truncate);
    if (const auto* drop = as<PgQuery__DropStmt>(message, pg_query__drop_stmt__descriptor)) add_drop(*drop);
    if (const auto* call = as<PgQuery__FuncCall>(message, pg_query__func_call__descriptor)) add_call(*call);
    if (as<PgQuery__AlterSeqStmt>(message, pg_query__alter_seq_stmt__descriptor)) in_sequence_ = true;
    if (const auto* option = as<PgQuery__DefElem>(message, pg_query__def_elem__descriptor)) {
      facts_.names_setval |= in_sequence_ && option->defname && std::strcmp(option->defname, "restart") == 0;
    }
    const auto is = [&](const ProtobufCMessageDescriptor& descriptor) { return message->descriptor == &descriptor; };
    facts_.opaque |= is(pg_query__do_stmt__descriptor) || is(pg_query__call_stmt__descriptor) ||
                     is(pg_query__execute_stmt__descriptor);
    // What these hold runs later, if at all.
    return !is(pg_query__prepare_stmt__descriptor) && !is(pg_query__rule_stmt__descriptor) &&
           !is(pg_query__create_function_stmt__descriptor) && !only_explains(message);
  }

  void set_kind(const PgQuery__Node* node);

 private:
  void add(const PgQuery__RangeVar* range, Kind kind) {
    facts_.writes.push_back({.table = name_of(range), .kind = kind});
  }

  void add_insert(const PgQuery__InsertStmt& insert) {
    add(insert.relation, Kind::insert);
    if (!insert.on_conflict_clause) return;
    const auto action = insert.on_conflict_clause->action;
    facts_.writes.back().upsert = action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    facts_.writes.back().skips_conflicts = action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING;
  }

  void add_merge(const PgQuery__MergeStmt& merge) {
    bool writes = false;
    bool updates = false;
    for (std::size_t i = 0; i < merge.n_merge_when_clauses; ++i) {
      const PgQuery__Node* node = merge.merge_when_clauses[i];
      if (node->node_case != PG_QUERY__NODE__NODE_MERGE_WHEN_CLAUSE) continue;
      writes |= node->merge_when_clause->command_type != PG_QUERY__CMD_TYPE__CMD_NOTHING;
      updates |= node->merge_when_clause->command_type == PG_QUERY__CMD_TYPE__CMD_UPDATE;
    }
    if (!writes) return;
    add(merge.relation, Kind::merge);
    facts_.writes.back().upsert = updates;
  }

  void add_copy(const PgQuery__CopyStmt& copy) {
    if (!copy.is_from) return;
    add(copy.relation, Kind::copy_from);
    facts_.copies_from_stdin |= !copy.is_program && (!copy.filename || !*copy.filename);
  }

  void add_truncate(const PgQuery__TruncateStmt& truncate) {
    for (std::size_t i = 0; i < truncate.n_relations; ++i) {
      if (truncate.relations[i]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        add(truncate.relations[i]->range_var, Kind::truncate);
    }
  }

  void add_drop(const PgQuery__DropStmt& drop) {
    if (drop.remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) return;
    for (std::size_t i = 0; i < drop.n_objects; ++i) {
      if (drop.objects[i]->node_case != PG_QUERY__NODE__NODE_LIST) continue;
      const PgQuery__List& parts = *drop.objects[i]->list;
      if (parts.n_items == 0) continue;
      TableName name{.name = string_in(parts.items[parts.n_items - 1])};
      if (parts.n_items > 1) name.schema = string_in(parts.items[parts.n_items - 2]);
      facts_.writes.push_back({.table = name, .kind = Kind::drop});
    }
  }

  void add_call(const PgQuery__FuncCall& call) {
    const std::string name = call.n_funcname ? string_in(call.funcname[call.n_funcname - 1]) : "";
    const bool built_in = call.n_funcname == 1 || std::strcmp(string_in(call.funcname[0]), "pg_catalog") == 0;
    facts_.names_setval |= name == "setval";
    const bool pure = built_in && std::find(pure_functions.begin(), pure_functions.end(), name) != pure_functions.end();
    facts_.opaque |= !pure && selects_;
  }

  static bool only_explains(const ProtobufCMessage* message) {
    const auto* explain = as<PgQuery__ExplainStmt>(message, pg_query__explain_stmt__descriptor);
    return explain && !runs(*explain);
  }

  Facts& facts_;
  bool in_sequence_ = false;
  bool selects_ = false;  // the statement is a SELECT, or an EXPLAIN of one
};

void Gatherer::set_kind(const PgQuery__Node* node) {
  switch (node->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
      facts_.kind = Kind::select;
      selects_ = true;
      break;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      selects_ = node->explain_stmt->query->node_case == PG_QUERY__NODE__NODE_SELECT_STMT;
      break;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      facts_.kind = Kind::insert;
      break;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      facts_.kind = Kind::update;
      break;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      facts_.kind = Kind::erase;
      break;
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      facts_.kind = Kind::merge;
      break;
    case PG_QUERY__NODE__NODE_COPY_STMT:
      facts_.kind = node->copy_stmt->is_from ? Kind::copy_from : Kind::copy_to;
      break;
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
      facts_.kind = Kind::truncate;
      break;
    case PG_QUERY__NODE__NODE_DROP_STMT:
      facts_.kind = Kind::drop;
      break;
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: {
      const auto kind = node->transaction_stmt->kind;
      if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN ||
          kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START) {
        facts_.kind = Kind::begin;
      } else if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT) {
        facts_.kind = Kind::commit;
      } else if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK) {
        facts_.kind = Kind::rollback;
      }
      break;
    }
    default:
      break;
  }
}

Facts parse(const std::string& statement) {
  Facts facts;
  PgQueryProtobufParseResult result = pg_query_parse_protobuf(statement.c_str());
  const std::unique_ptr<PgQueryProtobufParseResult, void (*)(PgQueryProtobufParseResult*)> freeing(
      &result, [](auto* parsed) { pg_query_free_protobuf_parse_result(*parsed); });
  if (result.error) return facts;
  PgQuery__ParseResult* tree = pg_query__parse_result__unpack(
      nullptr, result.parse_tree.len, reinterpret_cast<const std::uint8_t*>(result.parse_tree.data));
  if (!tree) return facts;
  facts.parsed = true;
  Gatherer gatherer(facts);
  if (tree->n_stmts > 0 && tree->stmts[0]->stmt) gatherer.set_kind(tree->stmts[0]->stmt);
  walk(&tree->base, std::ref(gatherer));
  pg_query__parse_result__free_unpacked(tree, nullptr);
  return facts;
}

// The same on a stack that is large enough for whatever fits `parse_limit`.
Facts parse_on_large_stack(const std::string& statement) {
  struct Job {
    const std::string& statement;
    Facts facts;
  } job{statement, {}};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, large_stack);
  pthread_t thread{};
  const auto body = [](void* argument) -> void* {
    auto* work = static_cast<Job*>(argument);
    work->facts = parse(work->statement);
    return nullptr;
  };
  const bool started = pthread_create(&thread, &attributes, body, &job) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, nullptr);
  return job.facts;
}

}  // namespace

bool Facts::writes_table(std::string_view schema, std::string_view name) const {
  return std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
    return write.table.name == name && (write.table.schema.empty() || schema.empty() || write.table.schema == schema);
  });
}

Facts analyse(std::string_view statement) {
  Facts facts;
  if (statement.size() <= parse_limit) {
    const std::string text(statement);
    facts = text.size() <= inline_limit ? parse(text) : parse_on_large_stack(text);
  }
  if (!facts.parsed) facts.kind = kind_of_first_word(statement);
  return facts;
}

}  // namespace sql
