// Writes rows of one table in batches: COPY for insertions, arrays of keys for deletions and updates. Values arrive as
// the server spelt them; generated columns are left to it, identities are kept.
//
// In the open transaction of a pinned session. Not for use by two threads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apply/table_rows.h"
#include "changeset/change.h"
#include "pg/catalog.h"
#include "pg/connection.h"
#include "rehearse/plan.h"

namespace apply {

class RowWriter {
 public:
  // `at_once`: whatever is added until flush() is one statement, however much it is: a foreign key of the table to
  // itself is then looked at when all of it is there. Throws Error(refused) as TableRows does.
  RowWriter(pg::Connection& connection, const pg::Table& table, const changeset::Relation& relation, bool at_once);

  // One kind between two calls of flush(). Rows to be deleted or updated must be there: Error(refused) where one is
  // not.
  void erase(std::string_view tuple);
  void update(std::string_view before, std::string_view after);  // of the same key
  void insert(std::string_view tuple);
  void flush();

  const rehearse::Counts& written() const { return written_; }

 private:
  bool full() const;
  void flush_erased();
  void flush_updated();
  void flush_inserted();
  void expect(std::int64_t rows, std::int64_t done) const;
  std::string key_condition(const std::vector<std::uint32_t>& columns) const;

  pg::Connection& connection_;
  TableRows rows_;  // finds rows of a table without a key
  std::string qualified_;
  std::vector<std::string> types_;  // of the relation's columns, without modifiers
  std::vector<bool> writable_;      // of the relation's columns: not generated
  bool at_once_;
  rehearse::Counts written_;

  std::vector<std::string> erased_;
  std::vector<std::string> updated_;  // images after
  std::vector<bool> changed_;         // columns that are otherwise in one of updated_
  std::string copied_;                // lines of COPY's text format
  std::int64_t copied_rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace apply
