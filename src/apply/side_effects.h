// Whatever a transaction does that is no row of a table: definitions, large objects, sequences, foreign tables. A plan
// that has such things is refused before anything runs; a script whose functions do them only now is caught here.
//
// The session says in one question what may have been touched: by the counters of the system catalogs
// (pg_stat_get_xact_*, which never count too little), and by the locks that it holds: a sequence that was drawn from
// or set and a foreign table that was written are held until the transaction ends. Nothing else is asked unless that
// says so.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apply/difference.h"
#include "apply/sequence_draws.h"
#include "apply/target.h"
#include "pg/catalog.h"
#include "pg/pipeline.h"
#include "rehearse/plan.h"

namespace apply {

class SideEffects {
 public:
  // In the session's transaction, just before the script runs. `may_set`: some of the code that it can get at may set
  // sequences. The arguments outlive it.
  SideEffects(Target& target, const rehearse::Plan& plan, const pg::Catalog& catalog, bool may_set);

  // Whether triggers may be left to COMMIT that are anybody's own.
  bool defers() const { return defers_; }
  // All sequences as they were before.
  const std::map<std::uint32_t, pg::Sequence>& sequences() const { return before_; }

  // After everything was written; by the pipeline's run().
  void look(pg::Pipeline& pipeline);
  // The question that look() asks.
  static const char* question();

  // What differs from the plan. The session is pinned, the witness outside of a transaction; `after`: the sequences as
  // the session sees them now, where it read them.
  std::vector<Difference> differences(const std::map<std::uint32_t, pg::Sequence>& after) const;

  // Sequences that were drawn from or set, "schema.name".
  const std::vector<std::string>& touched_sequences() const { return sequences_; }

 private:
  void note(const std::vector<std::optional<std::string_view>>& row);
  void add_sequences(const std::map<std::uint32_t, pg::Sequence>& after, std::vector<Difference>& differences) const;
  const rehearse::SequenceMove* planned_move(const std::string& name) const;

  Target& target_;
  const rehearse::Plan& plan_;
  std::map<std::uint32_t, pg::Sequence> before_;
  std::optional<SequenceDraws> draws_;
  std::string counting_;  // where track_counts came from, before
  bool defers_ = false;
  std::vector<std::string> catalogs_;
  std::vector<std::string> sequences_;
  std::vector<Difference> found_;
};

}  // namespace apply
