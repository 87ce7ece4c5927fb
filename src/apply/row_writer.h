// Writes rows of one table in batches: COPY for insertions, arrays of keys for deletions and updates. Values arrive as
// the server spelt them; generated columns are left to it, identities are kept.
//
// Several can write in one statement, at the end of which foreign keys are looked at; what they write is held until
// then.
//
// In the open transaction of a pinned session. Not for use by two threads.
#pragma once

#include <cstddef>
#include <cstdint>
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
  enum class Batches {
    many,
    one,  // until flush(), however much it is: a foreign key of the table to itself is then looked at when all is there
    part,  // that, and for flush_together() alone
  };
  // Throws Error(refused) as TableRows does.
  RowWriter(pg::Connection& connection, const pg::Table& table, const changeset::Relation& relation, Batches batches);

  // One kind between two calls of flush(). Rows to be deleted or updated must be there: Error(refused) where one is
  // not.
  void erase(std::string_view tuple);
  void update(std::string_view before, std::string_view after);  // of the same key
  void insert(std::string_view tuple);
  void flush();
  // Everything in one statement, one writer after the other: what one takes away the next may bring.
  static void flush_together(pg::Connection& connection, const std::vector<RowWriter*>& writers);

  const rehearse::Counts& written() const { return written_; }

 private:
  // A statement that returns a row for each that it wrote.
  struct Part {
    std::string sql;
    std::vector<pg::OptionalText> parameters;
    std::int64_t rows = 0;
    std::int64_t rehearse::Counts::* count = nullptr;
  };

  bool full() const;
  // Hand out what was added, of which there has to be some. Parameters are numbered after those `taken`; `condition`
  // has to be true first.
  Part take_erased(std::size_t taken, const std::string& condition);
  Part take_updated(std::size_t taken, const std::string& condition);
  Part take_inserted(std::size_t taken, const std::string& condition);
  Part take(std::size_t taken, const std::string& condition);
  void copy_inserted();
  void account(const Part& part, std::int64_t done);
  std::string writable_columns() const;
  std::string key_condition(const std::vector<std::uint32_t>& columns) const;

  pg::Connection& connection_;
  TableRows rows_;  // finds rows of a table without a key
  std::string qualified_;
  std::vector<std::string> types_;  // of the relation's columns, without modifiers
  std::vector<bool> writable_;      // of the relation's columns: not generated
  Batches batches_;
  rehearse::Counts written_;

  std::vector<std::string> erased_;
  std::vector<std::string> updated_;   // images after
  std::vector<bool> changed_;          // columns that are otherwise in one of updated_
  std::vector<std::string> inserted_;  // of a part
  std::string copied_;                 // else lines of COPY's text format
  std::int64_t copied_rows_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace apply
