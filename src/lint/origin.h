// Where an inserted value comes from: followed through VALUES, sub-selects and CTEs to what is written down.
#pragma once

#include <optional>
#include <span>

#include "lint/effort.h"
#include "lint/node.h"
#include "source/fragment.h"

namespace lint {

// What the program puts into a statement.
struct Given {
  std::span<const source::Hole> holes = {};
  std::size_t begin = 0;  // of the statement, in the text that the holes are offsets into

  // True where a whole number is written in the program for the parameter at a byte of the statement.
  bool is_number(int at) const;
};

class Origins {
 public:
  Origins(std::span<const PgQuery__WithClause* const> with, const Given& given, Effort& effort)
      : with_(with), given_(given), effort_(effort) {}

  // The place of a literal whole number (or of one counted up by generate_series, or that the program puts there) that
  // `value` is made of, and of nothing else; nullopt: it is something else, or nothing is known. `from` is what the
  // value may refer to.
  std::optional<int> literal(const Node* value, std::span<Node* const> from, int depth = 0) const;

  // The same for a column of a query's rows, by position and (where it has one) by name; any row counts.
  std::optional<int> literal_column(const PgQuery__SelectStmt& query, std::size_t column, std::string_view name,
                                    int depth = 0) const;

 private:
  std::optional<int> literal_reference(const Column& column, std::span<Node* const> from, int depth) const;
  const PgQuery__CommonTableExpr* cte(std::string_view name) const;

  std::span<const PgQuery__WithClause* const> with_;
  const Given& given_;
  Effort& effort_;
};

}  // namespace lint
