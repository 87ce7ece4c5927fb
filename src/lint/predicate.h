// What the WHERE of a DELETE, UPDATE or MERGE says about the rows it lets through.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "lint/effort.h"
#include "lint/node.h"
#include "lint/tables.h"

namespace lint {

enum class Truth : unsigned char { unknown, always, never };

// Facts about the rows that pass. Each holds in every branch of an OR.
struct Fact {
  Truth truth = Truth::unknown;
  bool disposable = false;   // the population column is pinned, to disposable values or to values the program gives
  bool unowned = false;      // the population is NULL
  bool few = false;          // the id is one of a few values that are written down
  std::size_t ids = 0;       // … of how many
  bool named = false;        // … and the program gives them: a parameter for each
  bool allowed = false;      // each branch of an OR is disposable or named by itself
  bool opaque = false;       // a hole stands where a condition would: it may say anything
  std::optional<int> range;  // where a range of ids begins, a byte of the statement; -1: somewhere
};

// Ids that may be listed one by one before the list counts as a range.
constexpr std::size_t most_ids_listed = 20;

// A name of PL/pgSQL while its loop runs.
struct LoopVariable {
  std::string_view name;
  const Node* query = nullptr;  // whose rows it takes one by one; null: it counts
  std::size_t column = 0;
};

// What surrounds a predicate.
struct Surroundings {
  const Tables* tables = nullptr;
  Effort* effort = nullptr;                                       // that the statement may still cost
  std::span<const PgQuery__WithClause* const> with;               // of the statement and of what it stands in
  std::span<Node* const> from;                                    // USING or FROM beside the target, or MERGE's source
  const std::set<std::string, std::less<>>* variables = nullptr;  // of PL/pgSQL, and parameters of a function
  std::span<const LoopVariable> loops = {};                       // innermost first
  bool erases = false;                                            // a DELETE
};

// `where` judged for rows of `target`, which the statement calls `alias`.
Fact judge(const Node* where, const Target& target, const PgQuery__RangeVar& relation, const Surroundings& around);

// True where MERGE's condition finds its row by the id.
bool joins_by_id(const Node* condition, const Target& target, const PgQuery__RangeVar& relation,
                 const Surroundings& around);

}  // namespace lint
