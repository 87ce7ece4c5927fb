// Foreign keys as the server would check them, for rows that are written while it does not: who must find a parent, and
// who must not be referenced any more (manual: "pg_constraint").
//
// Values are those of a changeset, in a pinned session. Not for use by two threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apply/value_batch.h"
#include "changeset/change.h"
#include "pg/connection.h"

namespace apply {

// One enforced foreign key, as it stands on two tables. Where these are partitions, the key may name the partitioned
// table: then `parent` is the partition, and parent_name and parent_from mean all of it.
struct Reference {
  std::string name;
  std::uint32_t whole = 0;  // oid of the constraint that the tables' owner made, of which this one may be a part
  std::uint32_t child = 0;  // oids
  std::uint32_t parent = 0;
  std::string child_schema;
  std::string child_table;
  std::string child_name;     // "schema.table"
  std::string parent_schema;  // of the table that the key names
  std::string parent_table;
  std::string parent_name;
  std::string child_from;  // as it stands in FROM: quoted, ONLY where the key does not see heirs
  std::string parent_from;
  struct Column {
    std::string child;
    std::string parent;
    std::string child_type;  // without modifiers
    std::string parent_type;
    std::string equal;         // "OPERATOR(pg_catalog.=)", parent on its left, child on its right
    std::string parent_equal;  // the same between two parents
  };
  std::vector<Column> columns;
  bool match_full = false;
  bool deferrable = false;
  bool acts_on_delete = false;  // at once, however deferrable: CASCADE, SET NULL, SET DEFAULT, RESTRICT
  bool acts_on_update = false;
  bool temporal = false;      // PERIOD (PostgreSQL 18): not a matter of equality
  bool checks_child = true;   // asked for rows of `child`; else another one asks
  bool checks_parent = true;  // asked for rows of `parent`

  // It does nothing but look, and that when the transaction ends.
  bool can_wait() const { return deferrable && !acts_on_delete && !acts_on_update; }
};

std::vector<Reference> read_references(pg::Connection& connection);

// Where in `relation` the named columns stand; empty where one of them is missing.
std::vector<std::uint32_t> places_of(const changeset::Relation& relation, const std::vector<std::string>& columns);

// Calls `missing` with the number of each of the children's values that no parent has. `lock`: parents that are there
// are kept from being deleted until our transaction ends.
void find_orphans(pg::Connection& connection, const Reference& reference, ValueBatch& values, bool lock,
                  const std::function<void(std::size_t)>& missing);
// Calls `referenced` with the number of each of the parents' values that a child refers to and no parent has.
void find_referenced(pg::Connection& connection, const Reference& reference, ValueBatch& values,
                     const std::function<void(std::size_t)>& referenced);
// Calls `count` for each of the parents' values that children refer to, with how many do.
void count_children(pg::Connection& connection, const Reference& reference, ValueBatch& values,
                    const std::function<void(std::size_t, std::int64_t)>& count);

}  // namespace apply
