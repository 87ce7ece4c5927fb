// The rules of the verdict. docs/rules.md says for each what happened to whom, and what to write instead.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/hash.h"
#include "rehearse/ledger.h"
#include "rehearse/plan.h"
#include "rehearse/probes.h"
#include "rehearse/sequence_rules.h"
#include "rehearse/upserts.h"

namespace rehearse {

// Where a rule stands in the order in which findings are read: what is lost first.
std::size_t rule_rank(const std::string& rule);

class Judge {
 public:
  Judge(const Subject& subject, const Populations& populations, StatementFacts& facts, const NestedStatements& nested);

  // Every change of the stream, and afterwards every net change.
  void see_statement_row(const RowFacts& row);
  void see_net_row(const RowFacts& row);
  // Tables truncated, dropped, rewritten; `statements` say how many rows went.
  void see_recording(const Recording& recording, const pg::Catalog& before,
                     const std::vector<StatementEffect>& statements);
  // Sequences that moved, with the findings about them. After every row was seen.
  std::vector<SequenceMove> see_sequences(const pg::Catalog& before, const std::map<std::uint32_t, pg::Sequence>& after,
                                          std::size_t statements_ran, bool failed);
  // A statement said setval or RESTART. After see_sequences().
  bool sets_sequences() const { return sequences_.sets_sequences(); }
  void see_probe(const ProbeRun& probe);
  // Rows that the probes made and the scripts delete; `again`: they were made after the scripts had run once.
  void see_deleted(const ProbeRun& probe, const std::set<RowId>& deleted, bool again);
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
  using Digest = base::RowHasher::Digest;

  void add(const std::string& rule, const RowFacts& row, Populations::Id population, std::string detail = {});
  void note_moves(const RowFacts& row);
  bool lives_on(const RowFacts& row);
  Digest image(const RowFacts& row, std::string_view tuple) const;
  void check_id_space(const RowFacts& row);
  Finding describe(const Key& key, const Group& group) const;

  const Subject& subject_;
  const Populations& populations_;
  StatementFacts& facts_;
  const NestedStatements& nested_;
  RowNames names_;
  Upserts upserts_;
  SequenceRules sequences_;
  base::RowHasher hash_;
  // Protected rows that are gone from where they stood, and yet live: an UPDATE gave them another key, or they have
  // none.
  std::set<Digest> updated_away_;
  // Rows that arrived in a partition, by root, statement and population: they may have left another one.
  std::map<std::tuple<std::uint32_t, std::uint32_t, Populations::Id>, std::int64_t> arrived_;
  std::map<Key, Group> groups_;
  std::vector<Finding> findings_;  // those about single things
};

}  // namespace rehearse
