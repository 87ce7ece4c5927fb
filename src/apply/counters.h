// How many rows a transaction has written, by the server's own count (manual: "The Cumulative Statistics System",
// pg_stat_xact_all_tables; its functions are read, because the view itself joins and groups much that is not needed).
//
// The counters hold what this session has not handed in yet, earlier transactions included: a baseline is read when the
// transaction begins and subtracted. They never count too little while track_counts is on, except for TRUNCATE, which
// resets them; work that a savepoint rolled back still counts. Deferred triggers count once they have fired.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "pg/connection.h"
#include "pg/pipeline.h"
#include "rehearse/plan.h"

namespace apply {

class Counters {
 public:
  // The baseline. In the open transaction, before anything is written.
  explicit Counters(pg::Connection& session);

  // The question that since() asks.
  static const char* question();

  // Rows written since, by "schema.table" (leaves, where partitioned); tables without any are not listed. User tables
  // of this session's temporary schema are left out.
  std::map<std::string, rehearse::Counts> since() const;
  // The same in a pipeline: into `counts`, by its run().
  void since(pg::Pipeline& pipeline, std::map<std::string, rehearse::Counts>& counts) const;

 private:
  pg::Connection& session_;
  std::map<std::string, rehearse::Counts> baseline_;
};

// Which tables a transaction has looked at, by the same counters.
class Scans {
 public:
  // The baseline. In the open transaction, before the script runs.
  explicit Scans(pg::Connection& session);

  // The question that since() asks.
  static const char* question();

  // Tables that were looked at since, into `tables` by the pipeline's run().
  void since(pg::Pipeline& pipeline, std::set<std::uint32_t>& tables) const;

 private:
  std::map<std::uint32_t, std::int64_t> baseline_;  // scans of a table and its indexes
};

}  // namespace apply
