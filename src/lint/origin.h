// Where an inserted value comes from: followed through VALUES, sub-selects and CTEs to what is written down.
#pragma once

#include <optional>
#include <span>

#include "lint/effort.h"
#include "lint/node.h"

namespace lint {

class Origins {
 public:
  Origins(std::span<const PgQuery__WithClause* const> with, Effort& effort) : with_(with), effort_(effort) {}

  // The place of a literal whole number (or of one counted up by generate_series) that `value` is made of, and of
  // nothing else; nullopt: it is something else, or nothing is known. `from` is what the value may refer to.
  std::optional<int> literal(const Node* value, std::span<Node* const> from, int depth = 0) const;

  // The same for a column of a query's rows, by position and (where it has one) by name; any row counts.
  std::optional<int> literal_column(const PgQuery__SelectStmt& query, std::size_t column, std::string_view name,
                                    int depth = 0) const;

 private:
  std::optional<int> literal_reference(const Column& column, std::span<Node* const> from, int depth) const;
  const PgQuery__CommonTableExpr* cte(std::string_view name) const;

  std::span<const PgQuery__WithClause* const> with_;
  Effort& effort_;
};

}  // namespace lint
