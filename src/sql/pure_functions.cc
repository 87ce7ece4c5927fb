#include "sql/pure_functions.h"

#include <algorithm>
#include <array>

namespace sql {
namespace {

// clang-format off
constexpr auto functions = std::to_array<std::string_view>({
    "abs", "age", "array_agg", "array_append", "array_cat", "array_length", "array_position", "array_remove",
    "array_replace", "array_to_string", "ascii", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or",
    "btrim", "cardinality", "ceil", "ceiling", "char_length", "character_length", "chr", "clock_timestamp",
    "col_description", "concat", "concat_ws", "convert_from", "convert_to", "corr", "count", "cume_dist",
    "current_database", "current_schema", "current_schemas", "current_setting", "currval", "date_bin", "date_part",
    "date_trunc", "decode", "degrees", "dense_rank", "div", "encode", "every", "exp", "extract", "first_value",
    "floor", "format", "format_type", "gen_random_uuid", "generate_series", "generate_subscripts", "grouping",
    "has_column_privilege", "has_schema_privilege", "has_sequence_privilege", "has_table_privilege", "hashtext",
    "initcap", "is_normalized", "isfinite", "json_agg", "json_array_elements", "json_array_elements_text",
    "json_array_length", "json_build_array", "json_build_object", "json_each", "json_each_text", "json_object_agg",
    "json_object_keys", "json_populate_record", "json_typeof", "jsonb_agg", "jsonb_array_elements",
    "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_each",
    "jsonb_each_text", "jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_query",
    "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_pretty", "jsonb_set", "jsonb_strip_nulls",
    "jsonb_typeof", "justify_days", "justify_hours", "justify_interval", "lag", "last_value", "lastval", "lead",
    "left", "length", "like_escape", "ln", "log", "lower", "lower_inc", "lower_inf", "lpad", "ltrim", "make_date",
    "make_interval", "make_time", "make_timestamp", "make_timestamptz", "max", "md5", "min", "mod", "mode",
    "nextval", "normalize", "now", "nth_value", "ntile", "num_nonnulls", "num_nulls", "obj_description",
    "octet_length", "overlay", "parse_ident", "percent_rank", "percentile_cont", "percentile_disc",
    "pg_advisory_lock", "pg_advisory_unlock", "pg_advisory_xact_lock", "pg_backend_pid", "pg_client_encoding",
    "pg_column_size", "pg_current_wal_lsn", "pg_database_size", "pg_get_constraintdef", "pg_get_expr",
    "pg_get_functiondef", "pg_get_indexdef", "pg_get_serial_sequence", "pg_get_viewdef", "pg_indexes_size",
    "pg_is_in_recovery", "pg_relation_size", "pg_size_pretty", "pg_sleep", "pg_table_is_visible", "pg_table_size",
    "pg_total_relation_size", "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "pg_typeof", "position", "power",
    "quote_ident", "quote_literal", "quote_nullable", "radians", "random", "range_agg", "rank", "regexp_count",
    "regexp_like", "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "regexp_substr", "regr_slope", "repeat", "replace", "reverse", "right", "round",
    "row_number", "row_to_json", "rpad", "rtrim", "scale", "session_user", "set_config", "setseed", "setval",
    "sha224", "sha256", "sha384", "sha512", "shobj_description", "sign", "similar_to_escape", "split_part", "sqrt",
    "starts_with", "statement_timestamp", "stddev", "stddev_pop", "stddev_samp", "string_agg", "string_to_array",
    "string_to_table", "strpos", "substr", "substring", "sum", "timeofday", "timezone", "to_char", "to_date",
    "to_hex", "to_json", "to_jsonb", "to_number", "to_regclass", "to_regtype", "to_timestamp", "to_tsquery",
    "to_tsvector", "transaction_timestamp", "translate", "trim_array", "trunc", "ts_rank", "txid_current", "unnest",
    "upper", "upper_inc", "upper_inf", "var_pop", "var_samp", "variance", "version", "width_bucket", "xmlagg",
});
// clang-format on

static_assert(std::is_sorted(functions.begin(), functions.end()));

}  // namespace

bool writes_no_table(std::string_view function) {
  return std::binary_search(functions.begin(), functions.end(), function);
}

}  // namespace sql
