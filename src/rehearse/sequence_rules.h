// Sequences that moved: what explains it, and where the next numbers would land.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pg/catalog.h"
#include "rehearse/ledger.h"
#include "rehearse/plan.h"
#include "rehearse/populations.h"
#include "rehearse/statement_facts.h"
#include "rehearse/subject.h"

namespace rehearse {

// The id that the next draw mints.
std::int64_t minted_id(const BoundMint& mint, const pg::Sequence& sequence);
// `sequence-into-population` where that id lies outside of its population's id space.
std::optional<Finding> misplaced(const BoundMint& mint, const pg::Sequence& sequence);

class SequenceRules {
 public:
  SequenceRules(const Subject& subject, const Populations& populations)
      : subject_(subject), populations_(populations) {}

  // Every change of the stream; `rewritten`: an upsert did it.
  void see_row(const RowFacts& row, bool rewritten);
  // What the statements that ran say about sequences, in scripts and in the code that they call.
  void see_statements(StatementFacts& facts, std::size_t ran, const NestedStatements& nested, bool failed);
  bool sets_sequences() const { return set_; }
  // The sequences that moved; adds what is wrong about it to `findings`.
  std::vector<SequenceMove> judge(const pg::Catalog& before, const std::map<std::uint32_t, pg::Sequence>& after,
                                  std::vector<Finding>& findings) const;

 private:
  void take(const sql::Facts& facts);
  bool may_be_set(const pg::Sequence& sequence) const;
  std::int64_t rows_drawn(const pg::Sequence& sequence) const;
  void note_draws(const pg::Sequence& before, const pg::Sequence& after, SequenceMove& move) const;
  void check_move(const pg::Sequence& before, const pg::Sequence& after, const SequenceMove& move,
                  std::vector<Finding>& findings) const;
  void check_space(const pg::Sequence& before, const pg::Sequence& after, std::vector<Finding>& findings) const;

  const Subject& subject_;
  const Populations& populations_;
  // Rows inserted or upserted, in passing too, by table and population.
  std::map<std::pair<std::uint32_t, Populations::Id>, std::int64_t> drawn_;
  std::int64_t all_drawn_ = 0;
  bool set_ = false;                       // setval or RESTART was said …
  bool set_unnamed_ = false;               // … of a sequence that may be any
  std::vector<sql::TableName> set_named_;  // … of these
  bool burned_ = false;                    // numbers were drawn for rows that nobody sees: conflicts, rollbacks
};

}  // namespace rehearse
