// The rules of the verdict. docs/rules.md says for each what happened to whom, and what to write instead.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "rehearse/ledger.h"
#include "rehearse/plan.h"
#include "rehearse/upserts.h"

namespace rehearse {

class Judge {
 public:
  Judge(const Subject& subject, const Populations& populations, StatementFacts& facts, const NestedUpserts& nested);

  // Every change of the stream, and every net change.
  void see_statement_row(const RowFacts& row);
  void see_net_row(const RowFacts& row);
  // Tables truncated, dropped, rewritten.
  void see_recording(const Recording& recording, const pg::Catalog& before);
  // Sequences that moved, with the findings about them.
  std::vector<SequenceMove> see_sequences(const pg::Catalog& before, const std::map<std::uint32_t, pg::Sequence>& after,
                                          const std::vector<RanStatement>& statements);
  void see_probe(const ProbeResult& probe, const std::vector<std::int64_t>& deleted_when_run_again);
  void see_failure(const Failure& failure);
  void see_left_open(const std::string& script);
  void see_budget(const Counts& totals);

  const Upserts& upserts() const { return upserts_; }
  // Worst first.
  std::vector<Finding> findings() const;

 private:
  struct Group {
    std::int64_t rows = 0;
    std::vector<std::string> ids;
    std::string detail;  // of the first row: another population's name, columns, …
  };
  using Key = std::tuple<std::string, int, std::string, std::string>;  // rule, statement, table, population

  void add(const std::string& rule, const RowFacts& row, Populations::Id population, std::string detail = {});
  void check_id_space(const RowFacts& row);
  void check_move(const pg::Sequence& before, const pg::Sequence& after, SequenceMove& move, bool conflicts_skipped);
  void check_space(const pg::Sequence& before, const pg::Sequence& after, const SequenceMove& move);
  std::int64_t rows_drawn(const pg::Sequence& sequence) const;
  bool skips_conflicts(const std::vector<RanStatement>& statements);
  Finding describe(const Key& key, const Group& group) const;

  const Subject& subject_;
  const Populations& populations_;
  StatementFacts& facts_;
  RowNames names_;
  Upserts upserts_;
  std::map<Key, Group> groups_;
  std::map<std::uint32_t, std::int64_t> drawn_;  // root oid -> rows inserted or upserted, in passing too
  std::vector<Finding> findings_;                // those about single things
};

}  // namespace rehearse
