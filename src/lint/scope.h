// The tables that a query reads beside each other, and which of their columns hold the target's id.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/predicate.h"

namespace lint {

// One item of FROM, by the name that column references use.
struct Source {
  enum class Kind : unsigned char { target, table, query, function };
  std::string_view alias;
  Kind kind = Kind::table;
  const PgQuery__RangeVar* table = nullptr;  // target (a table like the target) and table
  const Node* query = nullptr;               // query: a SELECT, or the statement of a CTE
  std::span<Node* const> columns;            // query and function: names given by the alias or the CTE
  std::span<Node* const> functions;          // function: as libpg_query lists them
};

class Scope {
 public:
  // `outer` may be null, and outlives this.
  Scope(const Scope* outer, const Target& target, const Surroundings& around, const PgQuery__WithClause* with)
      : outer_(outer), target_(target), around_(around), with_(with) {}

  // Adds a FROM item; the conditions of inner joins among it go to `conditions`.
  void add(const Node* item);
  void add_target(std::string_view alias);  // the row that the statement writes, or a row that is the same
  void add_id(std::string_view alias, std::string_view column);
  std::vector<const Node*> conditions;

  // Learns from `a.x = b.y` among `wheres` and the join conditions which further columns hold the id.
  void follow_joins(std::span<const Node* const> wheres);

  bool is_id(const Column& column) const;
  bool is_population(const Column& column) const;
  // The item that `column` belongs to, here or further out; null where no item does: then it is a variable, if
  // anything.
  const Source* source_of(const Column& column) const;
  // True for PL/pgSQL's variables, record fields and the parameters of a function.
  bool is_variable(const Column& column) const;
  const PgQuery__CommonTableExpr* cte(std::string_view name) const;

  const std::vector<Source>& sources() const { return sources_; }
  const Target& target() const { return target_; }
  const Surroundings& around() const { return around_; }
  // Columns of a query's or a function's that hold the id: by item and name.
  struct Held {
    std::string_view alias;
    std::string_view column;
    friend bool operator==(const Held&, const Held&) = default;
  };
  const std::vector<Held>& ids() const { return ids_; }

 private:
  void add_table(const PgQuery__RangeVar& table);
  bool follow(const Node* condition);
  bool is_row(std::string_view alias) const;

  const Scope* outer_;
  const Target& target_;
  const Surroundings& around_;
  const PgQuery__WithClause* with_;
  std::vector<Source> sources_;
  std::vector<std::string_view> rows_;  // items that are the target's row
  std::vector<Held> ids_;
};

// Every part of a chain of ANDs.
void conjuncts(const Node* condition, std::vector<const Node*>& parts);

}  // namespace lint
