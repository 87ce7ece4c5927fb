// The plan's rows in production: before the script, that they are as they were rehearsed; after it, that it was these
// very rows that changed, and that it was we who changed them.
//
// No row is locked for that. A row's place and the transaction that wrote it (manual: "System Columns", ctid and xmin)
// name one version of it. A version that our session saw before the script and does not see after it was removed or
// replaced by us where the witness, asked later still, sees it: for everybody else it is there. A version that our
// session sees is ours where its writer is still in progress. A place that was given to another row meanwhile holds
// what a transaction wrote that had not ended when the places were noted, and so none of those that wrote the noted
// versions.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/difference.h"
#include "apply/table_rows.h"
#include "changeset/file.h"
#include "pg/connection.h"
#include "pg/pipeline.h"

namespace apply {

class PlannedRows {
 public:
  // In the session's open transaction, pinned: asks what it has to know of the tables. `planned` is a net changeset and
  // outlives it; `directory` is for a temporary file. Throws as TableRows does.
  PlannedRows(pg::Connection& session, const changeset::Reader& planned, const std::filesystem::path& directory);

  // Before anything is written: looks up every row that has an image before, and compares. Rows that are gone are
  // `missing`, others `changed`. With Locking::for_update they stay as they are until the transaction ends. Throws as
  // TableRows does.
  std::vector<Difference> check(Locking locking);

  // The same questions as afterwards, about no row: what the servers' processes have to know of the tables is at hand
  // when production waits, and they keep the questions. Runs what waits in the pipeline, too.
  void warm(pg::Pipeline& session, pg::KeptStatements& kept, pg::Connection& witness);

  // After everything was written, on the session: runs what waits in the pipeline, too. `xid` is the transaction's.
  void look(pg::Pipeline& session, const std::string& xid);
  // Then on the witness, outside of a transaction.
  void look_from_outside(pg::Connection& witness);

  // Tables ("schema.table") of which these looks do not say that every planned row was changed by us from its image
  // before to its image after; those without a key are always among them.
  const std::set<std::string>& unsettled() const { return unsettled_; }

 private:
  // Rows or versions that have to be seen, in the pipeline at this moment.
  struct Awaited {
    std::string table;
    std::vector<std::string> images;  // empty where the server compares
    std::size_t wanted = 0;
    std::size_t seen = 0;
  };

  void run(pg::Pipeline& pipeline);
  void expect_gone(pg::Pipeline& pipeline, std::uint32_t index, const std::vector<changeset::Change>& places);
  void expect_made(pg::Pipeline& pipeline, std::uint32_t index, const std::vector<changeset::Change>& changes,
                   const std::string& xid);

  const changeset::Reader& planned_;
  std::filesystem::path path_;
  std::vector<std::unique_ptr<TableRows>> tables_;  // by the relation's index
  std::optional<changeset::Reader> places_;         // of the versions that are to go, by the same index
  std::vector<std::unique_ptr<Awaited>> awaited_;
  std::set<std::string> unsettled_;
  pg::KeptStatements outside_;  // by the witness
};

}  // namespace apply
