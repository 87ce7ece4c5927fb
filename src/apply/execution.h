// One apply with --execute, from its record on disk to its end.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/apply.h"
#include "apply/captured.h"
#include "apply/counters.h"
#include "apply/decoded.h"
#include "apply/ending.h"
#include "apply/job.h"
#include "apply/lock_watch.h"
#include "apply/planned_rows.h"
#include "apply/proof.h"
#include "apply/reach.h"
#include "apply/record.h"
#include "apply/sequence_moves.h"
#include "apply/side_effects.h"
#include "base/error.h"

namespace apply {

// Everything was looked at and nothing speaks against it. Not for use by two threads; the arguments outlive it.
class Execution {
 public:
  Execution(const Options& options, const Job& job, Target& target, RecordStore& store, Outcome& outcome)
      : options_(options), job_(job), target_(target), store_(store), outcome_(outcome) {}

  // Fills in the outcome: applied, differences, or what stood in the way. Throws as apply() does.
  void run();

  // Why the transaction could not be prepared, which is known at its end only; empty where that did not stand in the
  // way. All was rolled back then.
  const std::string& cannot_be_prepared() const { return cannot_be_prepared_; }

 private:
  Record draft();
  std::uint64_t reserve() const;
  void check_kept() const;
  // The slot has to exist before the transaction that it is to show begins.
  void prove_and_commit();
  std::optional<DecodingSlot> open_slot();
  bool in_transaction(const LockWatch& watch);
  void begin();
  void warm(PlannedRows& rows);
  bool is_defined_as_planned();
  void watch_script();
  bool write(const LockWatch& watch);
  std::set<std::string> planned_tables() const;
  bool run_script(const LockWatch& watch);
  bool refused_by_server(const base::Error& error);
  void note_left();
  bool draws() const;
  void note_drawn();
  bool verify(PlannedRows& rows, const Counters& counters, std::optional<Capture>& capture);
  void look(PlannedRows& rows, const Counters& counters);
  bool may_look_from_outside() const;
  std::filesystem::path captured() const;
  void collect(Capture& capture);
  std::vector<Difference> settle(PlannedRows& rows);
  std::vector<Difference> read_whole(Proof& proof);
  void finish(std::optional<DecodingSlot>& slot);
  bool prepare();
  void told(Fate fate);
  void abandon(const std::string& why);

  const Options& options_;
  const Job& job_;
  Target& target_;
  RecordStore& store_;
  Outcome& outcome_;
  pg::Catalog catalog_;  // as it was once nobody could alter the planned tables
  Reach reach_;
  std::optional<RecordStore::Open> record_;
  pg::KeptStatements kept_;  // by the session, where the script cannot take them away
  RunWindow rehearsal_;
  RunWindow window_;
  std::optional<SideEffects> effects_;
  std::map<std::uint32_t, pg::Sequence> sequences_;  // after, where they were read
  DrawnTo drawn_;
  TableCounts expected_counts_;
  TableCounts touched_;
  std::optional<Scans> scans_;
  std::set<std::uint32_t> looked_at_;     // tables that the script has looked at
  std::vector<std::string> locked_away_;  // tables that nobody else can look at
  std::string cannot_be_prepared_;
  bool leaves_work_ = false;  // to COMMIT
  bool ran_ = false;          // the script, or some of it
  bool ending_ = false;       // COMMIT or PREPARE may have been sent: the record says what became of it
  std::set<std::string> read_whole_;
};

}  // namespace apply
