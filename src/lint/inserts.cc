// Rules about INSERT and COPY: where a new row's id comes from, and what happens where it is taken.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "lint/origin.h"
#include "lint/statement.h"

namespace lint {
namespace {

// The position of the id among the values of an INSERT or COPY; nullopt: it is not among them.
std::optional<std::size_t> id_position(std::span<Node* const> named, const Target& target) {
  if (!named.empty()) {
    for (std::size_t i = 0; i < named.size(); ++i) {
      const bool result = named[i]->node_case == PG_QUERY__NODE__NODE_RES_TARGET;
      if (target.is_id(result ? text(named[i]->res_target->name) : string_of(named[i]))) return i;
    }
    return std::nullopt;
  }
  if (target.definition && !target.definition->columns.empty()) {
    const auto& columns = target.definition->columns;
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& name) { return target.is_id(name); });
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
  }
  return 0;  // where nothing is known, the id comes first
}

bool infers_id(const PgQuery__InferClause& infer, const Target& target) {
  if (!text(infer.conname).empty()) return target.is_id_constraint(infer.conname);
  const auto elements = items(infer.n_index_elems, infer.index_elems);
  return std::any_of(elements.begin(), elements.end(), [&](const Node* element) {
    if (target.is_id(text(element->index_elem->name))) return true;
    const auto column = column_of(bare(element->index_elem->expr));
    return column && target.is_id(column->name);
  });
}

char delimiter_of(const PgQuery__CopyStmt& copy) {
  char delimiter = '\t';
  for (const Node* option : items(copy.n_options, copy.options)) {
    const std::string_view name = text(option->def_elem->defname);
    const std::string_view value = string_of(option->def_elem->arg);
    if (name == "format" && value == "csv") delimiter = ',';
    if (name == "csv") delimiter = ',';
    if (name == "delimiter" && value.size() == 1) return value[0];
  }
  return delimiter;
}

bool is_whole_number(std::string_view field) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return !field.empty() && error == std::errc() && end == field.data() + field.size();
}

}  // namespace

void Examiner::examine(const PgQuery__InsertStmt& insert) {
  const auto found = target(insert.relation);
  if (!found) return;
  const auto position = id_position(items(insert.n_cols, insert.cols), *found);
  const PgQuery__SelectStmt* query = select_of(insert.select_stmt);
  if (query && position) {
    if (const auto place = Origins(with_, context_.given, effort_).literal_column(*query, *position, {})) {
      add(Rule::hard_coded_identity, *place < 0 ? insert.relation->location : *place,
          fmt::format("a row of {} is given a literal id", found->name));
    }
  }
  if (insert.on_conflict_clause &&
      insert.on_conflict_clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE) {
    judge_upsert(insert, *found);
  }
}

void Examiner::judge_upsert(const PgQuery__InsertStmt& insert, const Target& target) {
  const PgQuery__OnConflictClause& conflict = *insert.on_conflict_clause;
  const bool on_id = conflict.infer && infers_id(*conflict.infer, target);
  const int at = std::max(conflict.location, 0);
  if (on_id) {
    add(Rule::identity_upsert, at,
        fmt::format("INSERT INTO {} … ON CONFLICT on the id rewrites the row that is there", target.name));
  }
  judge_settings("the upsert into", *insert.relation, target, items(conflict.n_target_list, conflict.target_list),
                 false, on_id, at);
}

void Examiner::examine(const PgQuery__CopyStmt& copy) {
  if (!copy.is_from) return;
  const auto found = target(copy.relation);
  if (found) judge_copied(copy, *found);
}

void Examiner::judge_copied(const PgQuery__CopyStmt& copy, const Target& target) {
  const auto position = id_position(items(copy.n_attlist, copy.attlist), target);
  if (!position) return;
  const char delimiter = delimiter_of(copy);
  std::string_view rest = context_.copy_data;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line == "\\.") return;
    for (std::size_t i = 0; i < *position && !line.empty(); ++i) {
      const std::size_t next = line.find(delimiter);
      line.remove_prefix(next == std::string_view::npos ? line.size() : next + 1);
    }
    if (is_whole_number(line.substr(0, line.find(delimiter)))) {
      add(Rule::hard_coded_identity, copy.relation->location,
          fmt::format("COPY gives rows of {} literal ids", target.name));
      return;
    }
  }
}

}  // namespace lint
