// The proof `captured`: statement triggers with transition tables, made in the transaction itself and dropped before it
// ends, write down every row that is inserted, updated or deleted (manual: "CREATE TRIGGER", REFERENCING).
//
// Takes SHARE ROW EXCLUSIVE on the tables, so that others' writes wait: opt-in. Needs TRIGGER on the tables and TEMP on
// the database.
#pragma once

#include <set>
#include <string>

#include "changeset/file.h"
#include "pg/catalog.h"
#include "pg/connection.h"

namespace apply {

class Capture {
 public:
  // In the session's open transaction. `tables` are "schema.table"; of a partitioned one all of its tree is watched,
  // and so is every table that a foreign key's action or a trigger could reach from them.
  Capture(pg::Connection& session, const pg::Catalog& catalog, const std::set<std::string>& tables);
  // All rows that were touched, with whole images, in order, into `out`; then the triggers are gone. Tables that were
  // not watched but changed are not in it: the caller asks the counters.
  void collect(changeset::Writer& out);

 private:
  pg::Connection& session_;
  const pg::Catalog& catalog_;
  std::set<std::string> watched_;
};

}  // namespace apply
