// The proof `captured`: triggers made in the transaction itself, and dropped before it ends, write down every row that
// is inserted, updated or deleted: statement triggers with transition tables (manual: "CREATE TRIGGER", REFERENCING)
// and, on partitions and tables that inherit or are inherited from, whose rows statements reach by another name, row
// triggers.
//
// Takes SHARE ROW EXCLUSIVE on the tables, so that others' writes wait: opt-in. Needs to own the tables, or could
// not drop the triggers, and TEMP on the database.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

class Capture {
 public:
  // In the session's open transaction, pinned. Watches `tables` ("schema.table") and whatever foreign keys reach from
  // them. `catalog` is only read here.
  Capture(pg::Connection& session, const pg::Catalog& catalog, const std::set<std::string>& tables);

  // Every row that was touched, with whole images, into `out`: an update is a deletion and an insertion. Triggers,
  // functions and notes are gone afterwards. Tables that were not watched are not in it: the counters tell.
  void collect(changeset::Writer& out);

 private:
  struct Watched {
    changeset::Relation relation;
    std::string notes;  // the temporary table, quoted
    std::string table;  // quoted
    std::vector<std::string> triggers;
    std::vector<std::string> functions;
  };

  void watch(const pg::Table& table);
  void add_trigger(Watched& watched, const std::string& event, bool by_row);

  pg::Connection& session_;
  std::set<std::uint32_t> related_;
  std::vector<Watched> watched_;
};

}  // namespace apply
