// Looking for what a contract would speak of, in a database that has none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "guard/bind.h"
#include "guard/census.h"
#include "guard/columns.h"
#include "pg/connection.h"

namespace guard {

// A sequence that may mint ids of a table.
struct SeenSequence {
  std::string name;  // as the search path needs it, quoted
  std::int64_t last = 0;
  bool called = false;
  bool of_the_id = false;  // the id's default or identity draws from it
  bool in_code = false;    // a function draws from it
};

// A table, and the column that seems to say what its rows are.
struct Candidate {
  contract::Table declared;            // name, id and population alone
  BoundTable bound;                    // points to `declared`: neither moves
  std::vector<std::string> reasons;    // for the table and for the column, a sentence each
  std::vector<std::string> hanging;    // tables that reference it, directly or through others
  std::vector<std::string> cascading;  // those of them whose rows are deleted with its own
  std::vector<Column> needed;          // beside id and population
  std::vector<SeenSequence> sequences;
  Census census;  // in one piece
};

struct Survey {
  std::vector<std::unique_ptr<Candidate>> candidates;  // the likeliest first, at most three
  std::vector<std::string> unreadable;                 // tables that the role may not read
  std::size_t tables = 0;                              // that were looked at
};

// Reads the catalogs and statistics, a sample of columns that fit by name, and the rows of the candidates by
// take_census(). Throws Error(server).
Survey survey(pg::Connection& connection);

// How well a column's name says that it holds populations, by its words: 0 not at all, 8 best, below 0 it says
// otherwise.
int population_fit(std::string_view column);
// "test", "qa-2", "Demo users": a word of it is one that teams use for what is not real.
bool looks_like_test(std::string_view value);

}  // namespace guard
