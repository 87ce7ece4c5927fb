// What must not be there twice: unique indexes and exclusion constraints (manual: "pg_index").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apply/value_batch.h"
#include "changeset/change.h"
#include "pg/connection.h"

namespace apply {

struct Unique {
  // One of what is compared, a column or an expression of columns.
  struct Part {
    std::string expression;  // over columns that stand in it without their table
    std::string equal;       // "OPERATOR(pg_catalog.=)", or what an exclusion constraint has in its place
    std::string collation;   // quoted; empty: none
  };
  std::string name;
  std::uint32_t table = 0;  // oid
  std::string from;         // the table as it stands in FROM
  std::vector<Part> parts;
  std::string condition;          // of a partial index; else empty
  std::vector<std::string> uses;  // columns of which parts and condition are made
  bool generated = false;         // one of them is
  bool nulls_equal = false;
  bool deferrable = false;  // duplicates are looked for by a trigger
  bool primary = false;
  bool plain = true;       // columns alone: no expressions, no condition
  bool exclusion = false;  // by other operators than equality, or others as well
};

// Of all tables of users.
std::vector<Unique> read_uniques(pg::Connection& connection);

// A question about rows that are not there, or not yet: who has what they must have alone.
class Holders {
 public:
  // Empty where `relation` lacks a column that the index is made of. `types`: its base_types().
  static std::optional<Holders> of(const Unique& unique, const changeset::Relation& relation,
                                   const std::vector<std::string>& types);
  const std::vector<std::uint32_t>& places() const { return places_; }  // in the relation, of what a batch holds
  // Calls `holder` for each row of the table that stands in the way of values of the batch, with their number and the
  // holder's row_id().
  void find(pg::Connection& connection, ValueBatch& values,
            const std::function<void(std::size_t, const std::string&)>& holder) const;

 private:
  std::vector<std::uint32_t> places_;
  changeset::Relation identity_;  // the columns that row_id() needs
  std::string sql_;
};

// Images as rows: an item of FROM whose columns are "pgrehearse n", numbers that count from 1, and those at `places` of
// the relation, from a batch's arrays. `types`: of all of its columns (base_types()).
std::string image_rows(const changeset::Relation& relation, const std::vector<std::uint32_t>& places,
                       const std::vector<std::string>& types);

// As column_types(), what domains are made of in their place.
std::vector<std::string> base_types(pg::Connection& connection, const changeset::Relation& relation);

}  // namespace apply
